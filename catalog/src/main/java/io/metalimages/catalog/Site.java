package io.metalimages.catalog;

import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.object.ObjectKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * All that the pages show. No page has a row for each channel: the front page has the newest ones, and leads to a page for
 * each year of releases and to pages of branches.
 *
 * @param images by their names
 * @param releases the newest first
 * @param stable what is stable
 * @param branches the newest first
 * @param unreadable the paths of channels that cannot be read
 */
record Site(
        String title,
        PublicUrl address,
        List<CatalogImage> images,
        List<Group> releases,
        Optional<Group> stable,
        List<Group> branches,
        List<String> unreadable,
        Asset style,
        Asset script,
        Asset icon) {

    /** How many releases, branches and unreadable channels the front page has. */
    static final int SHOWN = 12;

    static Site of(String title, PublicUrl address, IndexReader.Inventory inventory, Predicate<ImageName> supported) {
        SortedMap<ImageName, List<Build>> builds = new TreeMap<>(CatalogImage.ORDER);
        List<Group> releases = new ArrayList<>();
        List<Group> branches = new ArrayList<>();
        Optional<Group> stable = Optional.empty();
        for (IndexReader.ChannelBuilds each : inventory.builds().values()) {
            if (each.builds().isEmpty()) {
                continue;
            }
            each.builds()
                    .forEach(build -> builds.computeIfAbsent(build.name(), name -> new ArrayList<>())
                            .add(build));
            Group group = new Group(each.builds().stream()
                    .sorted(Comparator.comparing(Build::name, CatalogImage.ORDER))
                    .toList());
            switch (group.channel()) {
                case Channel.Release release -> releases.add(group);
                case Channel.Stable _ -> stable = Optional.of(group);
                case Channel.PullRequest branch -> branches.add(group);
            }
        }
        branches.sort(Comparator.comparing(Group::published)
                .thenComparing(group -> group.channel().path()));
        return new Site(
                title,
                address,
                builds.entrySet().stream()
                        .map(image ->
                                new CatalogImage(image.getKey(), supported.test(image.getKey()), image.getValue()))
                        .toList(),
                releases.reversed(),
                stable,
                branches.reversed(),
                inventory.unreadable().stream().map(Channel::path).toList(),
                Asset.resource("catalog", "css"),
                Asset.resource("catalog", "js"),
                Asset.resource("icon", "svg"));
    }

    /**
     * A channel, and what is in it.
     *
     * @param builds at least one
     */
    record Group(List<Build> builds) {

        Channel channel() {
            return builds.getFirst().channel();
        }

        String label() {
            return builds.getFirst().label();
        }

        boolean isWithdrawn() {
            return builds.getFirst().withdrawn().isPresent();
        }

        /** When something was last published to it. */
        Instant published() {
            return builds.stream()
                    .map(Build::published)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }

        Day day() {
            return channel() instanceof Channel.Release release ? new Day(release.date()) : Day.of(published());
        }
    }

    /** The releases of a year, the newest first. */
    record Year(int number, List<Group> releases) {

        ObjectKey page() {
            return SitePages.DIRECTORY.resolve("Releases/" + number + ".html");
        }
    }

    /** Images that are somewhere else than in branches. */
    List<CatalogImage> supported() {
        return images.stream()
                .filter(image -> image.isMain() && image.supported())
                .toList();
    }

    List<CatalogImage> unsupported() {
        return images.stream()
                .filter(image -> image.isMain() && !image.supported())
                .toList();
    }

    List<Group> newestReleases() {
        return releases.stream().limit(SHOWN).toList();
    }

    /** What is stable, and the newest branches. */
    List<Group> newestOthers() {
        return Stream.concat(stable.stream(), branches.stream().limit(SHOWN)).toList();
    }

    List<String> shownUnreadable() {
        return unreadable.stream().limit(SHOWN).toList();
    }

    /** The years of releases, the newest first; none if the front page has all releases. */
    List<Year> years() {
        if (releases.size() <= SHOWN) {
            return List.of();
        }
        SortedMap<Integer, List<Group>> years = new TreeMap<>(Comparator.reverseOrder());
        releases.forEach(release -> years.computeIfAbsent(release.day().date().getYear(), number -> new ArrayList<>())
                .add(release));
        return years.entrySet().stream()
                .map(year -> new Year(year.getKey(), year.getValue()))
                .toList();
    }

    /** All branches, by their names; empty if the front page has them all. */
    Optional<Shelf> shelf() {
        return branches.size() <= SHOWN ? Optional.empty() : Optional.of(Shelf.of(branches));
    }

    /** When something was last published. */
    Optional<Day> updated() {
        return images.stream()
                .flatMap(image -> image.builds().stream())
                .map(Build::published)
                .max(Comparator.naturalOrder())
                .map(Day::of);
    }
}
