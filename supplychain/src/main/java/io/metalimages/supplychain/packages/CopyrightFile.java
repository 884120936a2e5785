package io.metalimages.supplychain.packages;

import java.io.ByteArrayInputStream;
import java.io.IOException;
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

    private final SortedMap<String, String> texts = new TreeMap<>();
    private final Set<String> synopses = new LinkedHashSet<>();
    private boolean begun;
    private boolean known;

    private CopyrightFile() {}

    /** What the package {@code name} in the tree at {@code root} declares; empty if it does so in no form that is known. */
    static Optional<DeclaredLicense> read(Path root, String name) throws IOException {
        Optional<TreeFile> file = TreeFile.find(root, "usr/share/doc/" + name + "/copyright");
        if (file.isEmpty()) {
            return Optional.empty();
        }
        Optional<byte[]> content = file.get().read(LARGEST);
        return content.isPresent() ? parse(content.get()) : Optional.empty();
    }

    static Optional<DeclaredLicense> parse(byte[] content) throws IOException {
        CopyrightFile file = new CopyrightFile();
        try {
            ControlFile.read(new ByteArrayInputStream(content), file::add);
        } catch (ControlFile.TooLargeException forNobody) {
            return Optional.empty();
        }
        return file.synopses.isEmpty() || file.synopses.size() > MOST_LICENSES
                ? Optional.empty()
                : Optional.of(DeclaredLicense.of(new ArrayList<>(file.synopses), file.texts));
    }

    private void add(ControlFile.Paragraph paragraph) {
        if (!begun) {
            begun = true;
            known = paragraph
                    .firstLine("Format")
                    .filter(format -> format.contains("copyright-format") || format.contains("dep5"))
                    .isPresent();
        }
        Optional<String> license = paragraph.field(LICENSE);
        if (!known || license.isEmpty()) {
            return;
        }
        List<String> lines = license.get().lines().toList();
        texts.merge(lines.getFirst().strip(), text(lines), (first, second) -> first.isEmpty() ? second : first);
        if (paragraph.field("Files").isPresent()) {
            synopses.add(lines.getFirst().strip());
        }
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
