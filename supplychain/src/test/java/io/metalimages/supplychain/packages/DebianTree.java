package io.metalimages.supplychain.packages;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** A root file system with dpkg's database, made piece by piece. */
public final class DebianTree {

    private final Path root;

    public DebianTree(Path root) throws IOException {
        this.root = root;
        Files.createDirectories(root.resolve("var/lib/dpkg"));
        Files.createDirectories(root.resolve("usr/share/doc"));
        Files.createFile(root.resolve("var/lib/dpkg/status"));
    }

    public Path root() {
        return root;
    }

    /** Adds an installed package; {@code fields} are further lines of its paragraph. */
    public DebianTree installed(String name, String version, String... fields) throws IOException {
        return paragraph("Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: " + version
                + "\n"
                + String.join("", Stream.of(fields).map(line -> line + "\n").toList()));
    }

    DebianTree paragraph(String text) throws IOException {
        Files.writeString(root.resolve("var/lib/dpkg/status"), text + "\n", StandardOpenOption.APPEND);
        return this;
    }

    /** Gives a package a changelog. */
    DebianTree changelog(String name, String text) throws IOException {
        return document(name, "changelog.Debian.gz", gzip(text.getBytes(StandardCharsets.UTF_8)));
    }

    public DebianTree document(String name, String file, byte[] content) throws IOException {
        Path directory = Files.createDirectories(root.resolve("usr/share/doc/" + name));
        Files.write(directory.resolve(file), content);
        return this;
    }

    public DebianTree file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return this;
    }

    /** Makes the directory of a package's documents a symbolic link. */
    public DebianTree linkedDocuments(String name, String target) throws IOException {
        Files.createSymbolicLink(root.resolve("usr/share/doc/" + name), Path.of(target));
        return this;
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream output = new GZIPOutputStream(bytes)) {
            output.write(content);
        }
        return bytes.toByteArray();
    }

    /**
     * An entry of a changelog.
     *
     * @param date as in {@code Wed, 17 Sep 2025 10:00:00 +0200}
     */
    static String entry(String source, String version, String distribution, String text, String date) {
        return source + " (" + version + ") " + distribution + "; urgency=medium\n\n  * " + text
                + "\n\n -- Jane Doe <jane@example.org>  " + date + "\n\n";
    }
}
