package io.metalimages.catalog;

import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageId;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.object.ObjectKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An image in all its channels.
 *
 * @param supported whether machines that matter should have it
 * @param builds at least one, in the order of {@link Build#BEST_FIRST}
 */
record CatalogImage(ImageName name, boolean supported, List<Build> builds) {

    /** The highest version of an os first. */
    static final Comparator<ImageName> ORDER = Comparator.comparing(ImageName::os)
            .thenComparing(ImageName::version, new VersionOrder().reversed())
            .thenComparing(ImageName::version);

    /** How many releases, and how many others, the image's page has a row for. */
    static final int SHOWN_RELEASES = 24;

    static final int SHOWN_OTHERS = 12;

    CatalogImage {
        builds = builds.stream().sorted(Build.BEST_FIRST).toList();
    }

    /** What one takes without a preference: the newest release, or else what comes closest. */
    Build newest() {
        return builds.getFirst();
    }

    /** Whether it was ever more than a branch's. */
    boolean isMain() {
        return builds.stream().anyMatch(build -> build.isRelease() || build.isStable());
    }

    /** The newest builds. However many there are, a page has few of them. */
    List<Build> shown() {
        List<Build> shown = new ArrayList<>();
        builds.stream().filter(Build::isGoodRelease).limit(SHOWN_RELEASES).forEach(shown::add);
        builds.stream()
                .filter(build -> !build.isGoodRelease())
                .limit(SHOWN_OTHERS)
                .forEach(shown::add);
        return shown;
    }

    /** Whether there are more builds than are shown. */
    boolean isFolded() {
        return shown().size() < builds.size();
    }

    /**
     * What a build is compared with: a release with the last one; what is stable with the newest release; a branch with what
     * was stable or released when it was built, so that what comes later changes nothing of that.
     */
    Optional<Build> before(Build build) {
        Stream<Build> releases = builds.stream().filter(Build::isGoodRelease);
        if (build.isStable()) {
            return releases.findFirst();
        }
        if (build.isRelease()) {
            return releases.filter(other -> other.date().isBefore(build.date())).findFirst();
        }
        return builds.stream()
                .filter(other -> other.isStable() && !other.published().isAfter(build.published()))
                .findFirst()
                .or(() -> releases.filter(other -> !other.date().isAfter(build.date()))
                        .findFirst());
    }

    Feature feature() {
        return Feature.ofOs(name.os());
    }

    /** The os and the version in words: {@code Debian 12}. */
    String words() {
        String os = name.os();
        return os.substring(0, 1).toUpperCase(Locale.ROOT) + os.substring(1) + " " + name.version();
    }

    /** By what it is found, beside its packages: its name, and the channels and ids of the builds that are shown. */
    String searchWords() {
        Stream<String> ids = shown().stream()
                .flatMap(build -> ImageId.findRelease(name.os(), name.version(), build.date()).stream())
                .map(ImageId::toString);
        return Stream.of(
                        Stream.of(name.toString(), words(), feature().word()),
                        shown().stream().map(Build::label),
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

    /** What the search knows of its packages. */
    ObjectKey packages() {
        return directory(name).resolve("packages.json");
    }
}
