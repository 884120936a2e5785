package io.metalimages.catalog;

import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageId;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.object.ObjectKey;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An image in all its channels.
 *
 * @param supported whether machines that matter should have it
 * @param builds at least one: the newest release first, then what is stable, then other branches
 */
record CatalogImage(ImageName name, boolean supported, List<Build> builds) {

    CatalogImage {
        builds = List.copyOf(builds);
    }

    /** What one takes if one has no wishes: the newest release, or else what comes closest. */
    Build newest() {
        return builds.getFirst();
    }

    List<Build> releases() {
        return builds.stream().filter(Build::isRelease).toList();
    }

    List<Build> others() {
        return builds.stream().filter(build -> !build.isRelease()).toList();
    }

    Feature feature() {
        return Feature.ofOs(name.os());
    }

    /** The os and the version in words: {@code Debian 12}. */
    String words() {
        String os = name.os();
        return os.substring(0, 1).toUpperCase(Locale.ROOT) + os.substring(1) + " " + name.version();
    }

    /** By what it is found, beside its packages: its name, its channels and its ids. */
    String searchWords() {
        Stream<String> ids = builds.stream()
                .flatMap(build -> ImageId.findRelease(name.os(), name.version(), build.date()).stream())
                .map(ImageId::toString);
        return Stream.of(
                        Stream.of(name.toString(), words(), feature().word()),
                        builds.stream().map(Build::label),
                        ids)
                .flatMap(words -> words)
                .distinct()
                .collect(Collectors.joining(" "));
    }

    static ObjectKey directory(ImageName name) {
        return SitePages.DIRECTORY.resolve(name.toString());
    }

    ObjectKey page() {
        return directory(name).resolve("index.html");
    }
}
