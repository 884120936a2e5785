package io.metalimages.catalog;

import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.PublicUrl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * All that the pages show.
 *
 * @param unreadable the paths of channels that cannot be read
 */
record Site(
        String title,
        PublicUrl address,
        List<CatalogImage> images,
        List<String> unreadable,
        Asset style,
        Asset script,
        Asset icon,
        Asset search) {

    static Site of(String title, PublicUrl address, CatalogReader.Catalog catalog) {
        List<CatalogImage> images = List.copyOf(catalog.images());
        return new Site(
                title,
                address,
                images,
                catalog.unreadable().stream().map(Channel::path).toList(),
                Asset.resource("catalog", "css"),
                Asset.resource("catalog", "js"),
                Asset.resource("icon", "svg"),
                Asset.of("search", "json", new SearchIndex(images).toJson()));
    }

    List<CatalogImage> supported() {
        return images.stream().filter(CatalogImage::supported).toList();
    }

    List<CatalogImage> unsupported() {
        return images.stream().filter(image -> !image.supported()).toList();
    }

    /** An image in a channel. */
    record Member(CatalogImage image, Build build) {}

    /** A channel, and what is in it. */
    record Group(Build first, List<Member> members) {}

    /** What is in each release, the newest first. */
    List<Group> releases() {
        return groups(Build::isRelease).reversed();
    }

    /** What is in the other channels: what is stable first. */
    List<Group> others() {
        return groups(build -> !build.isRelease()).reversed();
    }

    private List<Group> groups(Predicate<Build> wanted) {
        SortedMap<String, List<Member>> members = new TreeMap<>();
        for (CatalogImage image : images) {
            for (Build build : image.builds()) {
                if (wanted.test(build)) {
                    members.computeIfAbsent(build.channel().path(), path -> new ArrayList<>())
                            .add(new Member(image, build));
                }
            }
        }
        return members.values().stream()
                .map(each -> new Group(each.getFirst().build(), each))
                .toList();
    }

    /** When something was last published. */
    Optional<Day> updated() {
        return images.stream()
                .flatMap(image -> image.builds().stream())
                .map(build -> build.image().published())
                .max(Comparator.naturalOrder())
                .map(Day::of);
    }
}
