package io.metalimages.artifact.check;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Findings;
import io.metalimages.artifact.packages.DpkgLine;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.artifact.tar.ImageTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Compares {@code packages.txt} with the image's package database: with each package of dpkg's, and with rpm's only in that
 * there is one, as its form is known to rpm alone.
 */
final class PackageComparison {

    private static final String DPKG_STATUS = "var/lib/dpkg/status";

    private static final List<String> RPM_DATABASES = List.of(
            "usr/lib/sysimage/rpm/rpmdb.sqlite",
            "usr/lib/sysimage/rpm/Packages.db",
            "usr/lib/sysimage/rpm/Packages",
            "var/lib/rpm/rpmdb.sqlite",
            "var/lib/rpm/Packages.db",
            "var/lib/rpm/Packages");

    private static final int MOST_NAMED = 3;

    /** Of the database or the list, in bytes. A Debian server has 400 KB, a desktop 4 MB. */
    static final int LARGEST = InstalledPackages.LARGEST_LIST;

    private static final Set<String> FIELDS = Set.of("Package", "Status", "Version", "Architecture");

    private PackageComparison() {}

    /** Whether the content of the file at {@code path} is needed. */
    static boolean needs(String path) {
        return path.equals(DPKG_STATUS);
    }

    /** Adds what is wrong with the list in the file {@code packages}. */
    static void compare(ImageTree tree, Path packages, Findings findings) throws IOException {
        String name = packages.getFileName().toString();
        if (!Files.isRegularFile(packages)) {
            findings.add(CheckCode.PACKAGES_MISSING, name, "There is no file " + packages + ".");
            return;
        }
        if (Files.size(packages) > LARGEST) {
            findings.add(
                    CheckCode.PACKAGES_TOO_LARGE,
                    name,
                    "It has %,d bytes, and the most is %,d.".formatted(Files.size(packages), LARGEST));
            return;
        }
        byte[] status = tree.open(DPKG_STATUS).map(ImageTree.Node::content).orElse(new byte[0]);
        boolean rpm = RPM_DATABASES.stream().anyMatch(path -> tree.open(path).isPresent());
        if (status.length == 0 && !rpm) {
            return;
        }
        if (Files.size(packages) == 0) {
            findings.add(
                    CheckCode.PACKAGES_EMPTY, name, "The image has a package database, and the list names no package.");
        } else if (status.length > 0) {
            compare(installed(status), listed(packages), name, findings);
        }
    }

    private static void compare(SortedSet<String> installed, SortedSet<String> listed, String name, Findings findings) {
        SortedSet<String> missing = new TreeSet<>(installed);
        missing.removeAll(listed);
        SortedSet<String> surplus = new TreeSet<>(listed);
        surplus.removeAll(installed);
        if (!missing.isEmpty()) {
            findings.add(
                    CheckCode.PACKAGES_MISMATCH, name, "The image has, and the list has not: " + some(missing) + ".");
        }
        if (!surplus.isEmpty()) {
            findings.add(
                    CheckCode.PACKAGES_MISMATCH, name, "The list has, and the image has not: " + some(surplus) + ".");
        }
    }

    private static String some(SortedSet<String> packages) {
        String first = String.join(", ", packages.stream().limit(MOST_NAMED).toList());
        return packages.size() > MOST_NAMED ? first + " and " + (packages.size() - MOST_NAMED) + " more" : first;
    }

    /** Name, version and architecture of each package that dpkg would list, from its database (deb-control(5)). */
    private static SortedSet<String> installed(byte[] status) {
        SortedSet<String> installed = new TreeSet<>();
        Map<String, String> fields = new HashMap<>();
        String database = new String(status, StandardCharsets.UTF_8) + "\n\n";
        for (String line : (Iterable<String>) database.lines()::iterator) {
            int colon = line.indexOf(':');
            if (line.isBlank()) {
                if (fields.containsKey("Package")
                        && !fields.getOrDefault("Status", "").endsWith(" not-installed")) {
                    installed.add(fields.get("Package") + " " + fields.getOrDefault("Version", "<none>") + " "
                            + fields.getOrDefault("Architecture", "<none>"));
                }
                fields.clear();
            } else if (colon > 0 && FIELDS.contains(line.substring(0, colon))) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return installed;
    }

    private static SortedSet<String> listed(Path packages) throws IOException {
        SortedSet<String> listed = new TreeSet<>();
        try (Stream<String> lines = Files.lines(packages, StandardCharsets.ISO_8859_1)) {
            lines.map(DpkgLine::parse)
                    .flatMap(Optional::stream)
                    .forEach(line -> listed.add(line.name() + " " + line.version() + " " + line.architecture()));
        }
        return listed;
    }
}
