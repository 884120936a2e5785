package io.metalimages.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What lists tell of a build that stands in its files, and not in the channel's index.
 *
 * @param packages how many; 0 if that is not known
 * @param kernel the version of its Linux
 * @param changes against the build before it; empty if that is not known
 */
record BuildSummary(int packages, Optional<String> kernel, Optional<Changes> changes) {

    private static final int LONGEST_KERNEL = 200;

    /** What is known of a build that has no files that tell something. */
    static final BuildSummary NONE = new BuildSummary(0, Optional.empty(), Optional.empty());

    BuildSummary {
        if (packages < 0) {
            throw new IllegalArgumentException("The packages are fewer than none.");
        }
        kernel = kernel.map(version -> version.substring(0, Math.min(version.length(), LONGEST_KERNEL)));
    }

    /**
     * How many packages changed.
     *
     * @param bytesBefore the size of the build before
     * @param security how many source packages got a security update
     */
    record Changes(long bytesBefore, int updated, int added, int removed, int security) {

        /** In one line: {@code 5 updated, 1 added, 2 for security}. */
        String text() {
            List<String> parts = new ArrayList<>();
            add(parts, updated, Comparison.Kind.CHANGED.word());
            add(parts, added, Comparison.Kind.ADDED.word());
            add(parts, removed, Comparison.Kind.REMOVED.word());
            add(parts, security, "for security");
            return parts.isEmpty() ? "no package changed" : String.join(", ", parts);
        }

        private static void add(List<String> parts, int count, String word) {
            if (count > 0) {
                parts.add(count + " " + word);
            }
        }
    }

    String packagesText() {
        return packages == 0 ? "–" : Integer.toString(packages);
    }

    String changesText() {
        return changes.map(Changes::text).orElse("–");
    }

    /** How much larger than the build before {@code build} is; empty if there is none. */
    String growth(Build build) {
        return changes.map(each -> build.size().since(new Size(each.bytesBefore())))
                .orElse("");
    }
}
