package io.metalimages.supplychain;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The machine-readable copyright files of packages, see copyright-format 1.0 (DEP-5), which is part of Debian's policy. What
 * others write is for people.
 */
final class CopyrightFile {

    private static final int LARGEST = 4 << 20;
    private static final int MOST_LICENSES = 300;
    private static final String LICENSE = "License";

    private CopyrightFile() {}

    /** What the package {@code name} in the tree at {@code root} declares; empty if it does so in no form that is known. */
    static Optional<DeclaredLicense> read(Path root, String name) throws IOException {
        Optional<TreeFile> file = TreeFile.find(root, "usr/share/doc/" + name + "/copyright");
        if (file.isEmpty()) {
            return Optional.empty();
        }
        return file.get().read(LARGEST).flatMap(content -> parse(new String(content, StandardCharsets.UTF_8)));
    }

    static Optional<DeclaredLicense> parse(String text) {
        List<ControlFile.Paragraph> paragraphs = ControlFile.parse(text);
        if (paragraphs.isEmpty()
                || paragraphs
                        .getFirst()
                        .firstLine("Format")
                        .filter(format -> format.contains("copyright-format") || format.contains("dep5"))
                        .isEmpty()) {
            return Optional.empty();
        }
        SortedMap<String, String> texts = new TreeMap<>();
        Set<String> synopses = new LinkedHashSet<>();
        for (ControlFile.Paragraph paragraph : paragraphs) {
            Optional<String> license = paragraph.field(LICENSE);
            if (license.isPresent()) {
                List<String> lines = license.get().lines().toList();
                texts.merge(lines.getFirst().strip(), text(lines), (first, second) -> first.isEmpty() ? second : first);
                if (paragraph.field("Files").isPresent()) {
                    synopses.add(lines.getFirst().strip());
                }
            }
        }
        return synopses.isEmpty() || synopses.size() > MOST_LICENSES
                ? Optional.empty()
                : Optional.of(DeclaredLicense.of(new ArrayList<>(synopses), texts));
    }

    /** A line with nothing but a dot stands for an empty one. */
    private static String text(List<String> lines) {
        return lines.stream()
                .skip(1)
                .map(line -> line.strip().equals(".") ? "" : line.stripTrailing())
                .collect(Collectors.joining("\n"))
                .strip();
    }
}
