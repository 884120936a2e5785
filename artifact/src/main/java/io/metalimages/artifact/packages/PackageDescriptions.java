package io.metalimages.artifact.packages;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the packages of an image are, in a few words, as its {@code packages.txt} tells. Immutable.
 *
 * @param texts by the names of packages; may be cut off, as {@code dpkg -l} cuts lines
 */
public record PackageDescriptions(SortedMap<String, String> texts) {

    public PackageDescriptions {
        texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts));
    }

    /** Reads the output of {@code dpkg -l}. Another list, such as that of {@code rpm -qa}, describes nothing. */
    public static PackageDescriptions parse(byte[] list) {
        SortedMap<String, String> texts = new TreeMap<>();
        new String(list, StandardCharsets.UTF_8)
                .lines()
                .map(DpkgLine::parse)
                .flatMap(Optional::stream)
                .filter(line -> line.installed() && !line.description().isEmpty())
                .forEach(line -> texts.putIfAbsent(line.name(), line.description()));
        return new PackageDescriptions(texts);
    }
}
