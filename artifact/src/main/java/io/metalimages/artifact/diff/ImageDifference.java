package io.metalimages.artifact.diff;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What differs between two images. Paths are without slashes around them; all maps are sorted by path and immutable.
 *
 * @param packages what became of the packages; empty if one of the images has no list of them
 * @param added files that only the newer image has
 * @param removed files that only the older image has
 * @param changed files that both have and that differ
 * @param olderBytes the size of the files that lie in each directory of the older image itself, a file with several names
 *     counted once; the root is the empty path
 * @param newerBytes the same of the newer image
 */
public record ImageDifference(
        Optional<PackageChanges> packages,
        SortedMap<String, ImageFile> added,
        SortedMap<String, ImageFile> removed,
        SortedMap<String, FileChange> changed,
        SortedMap<String, Long> olderBytes,
        SortedMap<String, Long> newerBytes) {

    public ImageDifference {
        added = Collections.unmodifiableSortedMap(new TreeMap<>(added));
        removed = Collections.unmodifiableSortedMap(new TreeMap<>(removed));
        changed = Collections.unmodifiableSortedMap(new TreeMap<>(changed));
        olderBytes = Collections.unmodifiableSortedMap(new TreeMap<>(olderBytes));
        newerBytes = Collections.unmodifiableSortedMap(new TreeMap<>(newerBytes));
    }

    /** How the size of a directory changed, in bytes. */
    public record Growth(String directory, long older, long newer) {

        /** Positive if it is larger now. */
        public long bytes() {
            return newer - older;
        }
    }

    /** Whether a machine would get the same from both: times apart, which do not reach it. */
    public boolean isEmpty() {
        return added.isEmpty()
                && removed.isEmpty()
                && changed.values().stream()
                        .allMatch(change -> change.aspects().equals(Collections.singleton(FileChange.Aspect.TIME)))
                && packages.stream().allMatch(PackageChanges::isEmpty);
    }

    /** The size of all files, in bytes. */
    public Growth total() {
        return new Growth("", sum(olderBytes), sum(newerBytes));
    }

    private static long sum(SortedMap<String, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * The directories whose size changed, those with the greatest change first. Together they grew as the image did.
     *
     * @param depth how many segments their paths have at most, at least 1. What lies deeper counts there; what lies less deep
     *     counts for the directory that it is in
     */
    public List<Growth> growth(int depth) {
        SortedMap<String, Long> older = upTo(depth, olderBytes);
        SortedMap<String, Long> newer = upTo(depth, newerBytes);
        SortedSet<String> directories = new TreeSet<>(older.keySet());
        directories.addAll(newer.keySet());
        return directories.stream()
                .map(directory ->
                        new Growth(directory, older.getOrDefault(directory, 0L), newer.getOrDefault(directory, 0L)))
                .filter(growth -> growth.bytes() != 0)
                .sorted(Comparator.comparingLong((Growth growth) -> -Math.abs(growth.bytes()))
                        .thenComparing(Growth::directory))
                .toList();
    }

    private static SortedMap<String, Long> upTo(int depth, SortedMap<String, Long> bytes) {
        SortedMap<String, Long> sums = new TreeMap<>();
        bytes.forEach((directory, size) -> {
            List<String> segments = List.of(directory.split("/"));
            String shortened = String.join("/", segments.subList(0, Math.min(depth, segments.size())));
            sums.merge(shortened, size, Long::sum);
        });
        return sums;
    }
}
