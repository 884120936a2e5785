package io.metalimages.catalog;

import io.metalimages.store.object.ObjectKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Branches whose names begin alike, for one page. If they are many, they are divided by the next character of their names:
 * so a page stays small, and a branch that comes or goes changes few pages.
 *
 * @param prefix by which they were chosen; empty for the shelf of all branches
 * @param common how all names begin
 * @param size how many there are, in the parts, too
 * @param branches by their names
 * @param parts by their prefixes
 */
record Shelf(String prefix, String common, int size, List<Site.Group> branches, List<Shelf> parts) {

    /** So many have room on a page. */
    static final int MOST = 100;

    /** The shelf of all branches. */
    static Shelf of(List<Site.Group> branches) {
        return of(
                "",
                0,
                branches.stream()
                        .sorted(Comparator.comparing(Site.Group::label))
                        .toList());
    }

    /** @param begun how many characters are the same in all names */
    private static Shelf of(String prefix, int begun, List<Site.Group> branches) {
        String first = branches.getFirst().label();
        int same = same(begun, first, branches.getLast().label());
        String common = first.substring(0, same);
        if (branches.size() <= MOST) {
            return new Shelf(prefix, common, branches.size(), branches, List.of());
        }
        SortedMap<String, List<Site.Group>> divided = new TreeMap<>();
        List<Site.Group> undivided = new ArrayList<>();
        for (Site.Group branch : branches) {
            if (branch.label().length() == same) {
                undivided.add(branch);
            } else {
                divided.computeIfAbsent(branch.label().substring(0, same + 1), each -> new ArrayList<>())
                        .add(branch);
            }
        }
        return new Shelf(
                prefix,
                common,
                branches.size(),
                undivided,
                divided.entrySet().stream()
                        .map(part -> of(part.getKey(), same + 1, part.getValue()))
                        .toList());
    }

    /** How many characters the first and the last of sorted names share, and so all of them. */
    private static int same(int begun, String first, String last) {
        int same = begun;
        while (same < Math.min(first.length(), last.length()) && first.charAt(same) == last.charAt(same)) {
            same++;
        }
        return same;
    }

    ObjectKey page() {
        return SitePages.DIRECTORY.resolve(prefix.isEmpty() ? "Branches.html" : "Branches/" + prefix + ".html");
    }

    /** What a link to it is called. */
    String label() {
        return size == 1 ? common : common + "…";
    }

    String heading() {
        return prefix.isEmpty() ? "Branches" : "Branches " + label();
    }

    /** This one and all below it, each behind its parts. */
    Stream<Shelf> all() {
        return Stream.concat(parts.stream().flatMap(Shelf::all), Stream.of(this));
    }
}
