package io.metalimages.catalog;

import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.supplychain.packages.SecurityUpdates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What changed against an older build.
 *
 * @param label of the older build
 * @param size of the older build
 * @param fixes by the names of the source packages; none also if too little is known of one of the builds
 */
record Comparison(String label, Size size, PackageChanges packages, List<Fix> fixes) {

    /**
     * The security updates of a source package.
     *
     * @param version that the newer build has
     * @param packages the installed packages that were built from it
     * @param vulnerabilities the CVEs that the updates name, sorted; may be none
     */
    record Fix(String source, String version, Set<String> packages, List<String> vulnerabilities) {

        /** How many are shown without being asked for. */
        static final int SHOWN = 6;
    }

    /** What a build is compared by. */
    record Side(String label, Size size, Optional<InstalledPackages> packages, Optional<SecurityUpdates> security) {}

    /** Empty if the packages of one of them are not known. */
    static Optional<Comparison> between(Side older, Side newer) {
        return older.packages()
                .flatMap(from -> newer.packages().map(to -> PackageChanges.between(from, to)))
                .map(changes -> new Comparison(older.label(), older.size(), changes, fixes(older, newer)));
    }

    private static List<Fix> fixes(Side older, Side newer) {
        return older.security().stream()
                .flatMap(from -> newer.security().stream().flatMap(to -> to.after(from).entrySet().stream()))
                .map(entry -> new Fix(
                        entry.getKey().name(),
                        entry.getKey().version(),
                        entry.getKey().packages().keySet(),
                        entry.getValue().stream()
                                .flatMap(update -> update.vulnerabilities().stream())
                                .distinct()
                                .sorted()
                                .toList()))
                .toList();
    }

    Comparison {
        fixes = List.copyOf(fixes);
    }

    /** What became of a package. */
    enum Kind {
        CHANGED("updated"),
        ADDED("added"),
        REMOVED("removed");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /**
     * A package that is not as it was.
     *
     * @param from empty if it was not there
     * @param to empty if it is not there any more
     * @param fixed whether a security update is among what changed
     */
    record Row(String name, Kind kind, String from, String to, boolean fixed) {}

    /** By the packages' names. */
    List<Row> rows() {
        Set<String> fixed =
                fixes.stream().flatMap(fix -> fix.packages().stream()).collect(Collectors.toSet());
        List<Row> rows = new ArrayList<>();
        packages.changed()
                .forEach((name, change) ->
                        rows.add(new Row(name, Kind.CHANGED, change.from(), change.to(), fixed.contains(name))));
        packages.added()
                .forEach((name, version) -> rows.add(new Row(name, Kind.ADDED, "", version, fixed.contains(name))));
        packages.removed().forEach((name, version) -> rows.add(new Row(name, Kind.REMOVED, version, "", false)));
        rows.sort(Comparator.comparing(Row::name));
        return rows;
    }

    /** How much changed. */
    BuildSummary.Changes changes() {
        return new BuildSummary.Changes(
                size.bytes(),
                packages.changed().size(),
                packages.added().size(),
                packages.removed().size(),
                fixes.size());
    }
}
