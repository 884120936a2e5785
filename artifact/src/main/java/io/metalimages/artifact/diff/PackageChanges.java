package io.metalimages.artifact.diff;

import io.metalimages.artifact.packages.InstalledPackages;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What became of the packages of an image. All maps are by a package's name, and immutable.
 *
 * @param added the versions of packages that only the newer image has
 * @param removed the versions of packages that only the older image had
 * @param changed the versions of packages that both have
 */
public record PackageChanges(
        SortedMap<String, String> added, SortedMap<String, String> removed, SortedMap<String, Change> changed) {

    /** From one version to another; where an image has several, they are joined by commas. */
    public record Change(String from, String to) {}

    public PackageChanges {
        added = Collections.unmodifiableSortedMap(new TreeMap<>(added));
        removed = Collections.unmodifiableSortedMap(new TreeMap<>(removed));
        changed = Collections.unmodifiableSortedMap(new TreeMap<>(changed));
    }

    /** What has to be done to get from {@code older} to {@code newer}. */
    public static PackageChanges between(InstalledPackages older, InstalledPackages newer) {
        SortedMap<String, String> added = new TreeMap<>();
        SortedMap<String, String> removed = new TreeMap<>();
        SortedMap<String, Change> changed = new TreeMap<>();
        SortedSet<String> names = new TreeSet<>(older.versions().keySet());
        names.addAll(newer.versions().keySet());
        for (String name : names) {
            SortedSet<String> from = older.versions().getOrDefault(name, Collections.emptySortedSet());
            SortedSet<String> to = newer.versions().getOrDefault(name, Collections.emptySortedSet());
            if (from.isEmpty()) {
                added.put(name, joined(to));
            } else if (to.isEmpty()) {
                removed.put(name, joined(from));
            } else if (!from.equals(to)) {
                changed.put(name, new Change(joined(from), joined(to)));
            }
        }
        return new PackageChanges(added, removed, changed);
    }

    private static String joined(SortedSet<String> versions) {
        return String.join(", ", versions);
    }

    /** Whether both images have the same packages in the same versions. */
    public boolean isEmpty() {
        return added.isEmpty() && removed.isEmpty() && changed.isEmpty();
    }
}
