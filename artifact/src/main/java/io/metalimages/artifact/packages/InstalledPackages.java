package io.metalimages.artifact.packages;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The packages of an image, as its {@code packages.txt} tells them. Immutable.
 *
 * @param versions the versions of each package by its name, without its architecture: more than one if the image has
 *     several, as it may have of rpm's kernels
 */
public record InstalledPackages(SortedMap<String, SortedSet<String>> versions) {

    /** The most bytes that a list of packages may have. That of a Debian server has 40 KB. */
    public static final int LARGEST_LIST = 16 << 20;

    /** The line between the head of {@code dpkg -l} and its packages starts so. */
    private static final String DPKG_RULE = "+++-";

    /** Name, version and release, and an architecture, which keys have not. */
    private static final Pattern RPM_LINE =
            Pattern.compile("([A-Za-z0-9_][^ ]*)-([^- ]+-[^- ]+?)(?:\\.[A-Za-z0-9_]+)?");

    public InstalledPackages {
        SortedMap<String, SortedSet<String>> copy = new TreeMap<>();
        versions.forEach((name, each) -> copy.put(name, Collections.unmodifiableSortedSet(new TreeSet<>(each))));
        versions = Collections.unmodifiableSortedMap(copy);
    }

    /**
     * Reads the output of {@code dpkg -l}, or of {@code rpm -qa}: {@code NAME-VERSION-RELEASE.ARCHITECTURE}. Lines that
     * name no package are passed over. An empty list, of an image without a package database, has no packages.
     */
    public static InstalledPackages parse(byte[] list) {
        String text = new String(list, StandardCharsets.UTF_8);
        boolean dpkg = text.lines().anyMatch(line -> line.startsWith(DPKG_RULE));
        SortedMap<String, SortedSet<String>> versions = new TreeMap<>();
        text.lines()
                .map(line -> dpkg ? dpkg(line) : rpm(line.strip()))
                .flatMap(Optional::stream)
                .forEach(named -> versions.computeIfAbsent(named.name(), _ -> new TreeSet<>())
                        .add(named.version()));
        return new InstalledPackages(versions);
    }

    /**
     * Reads the list in a file.
     *
     * @throws FaultException if it is larger than {@link #LARGEST_LIST}
     */
    public static InstalledPackages read(Path list) throws IOException {
        try (InputStream input = Files.newInputStream(list)) {
            byte[] content = input.readNBytes(LARGEST_LIST + 1);
            if (content.length > LARGEST_LIST) {
                throw FaultException.failed(
                        list + " is no list of packages: it has more than " + (LARGEST_LIST >> 20) + " MiB.", null);
            }
            return parse(content);
        }
    }

    private record Named(String name, String version) {}

    private static Optional<Named> dpkg(String line) {
        return DpkgLine.parse(line)
                .filter(DpkgLine::installed)
                .map(installed -> new Named(installed.name(), installed.version()));
    }

    private static Optional<Named> rpm(String line) {
        Matcher matcher = RPM_LINE.matcher(line);
        return matcher.matches() ? Optional.of(new Named(matcher.group(1), matcher.group(2))) : Optional.empty();
    }
}
