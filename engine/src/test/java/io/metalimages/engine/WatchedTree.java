package io.metalimages.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Files of this machine that nothing may change and nothing may read: each holds a marker that is found again. */
final class WatchedTree {

    static final String MARKER = "SECRET-OF-THE-HOST";

    private final Path root;

    WatchedTree(Path root) throws IOException {
        this.root = Files.createDirectories(root);
        Files.createDirectories(root.resolve("empty"));
        Files.createDirectories(root.resolve("stubs/mount"));
        Files.createDirectories(root.resolve("stubs/deep/mount"));
        Files.createFile(root.resolve("stubs/file"));
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/passwd"), MARKER + ":x:4711:4711::/:/bin/sh\n");
        Files.writeString(root.resolve("etc/group"), MARKER + ":x:4711:\n");
        for (String name : new String[] {"a", "b", "c", "d", "x"}) {
            Files.createDirectories(root.resolve(name));
            Files.writeString(root.resolve(name).resolve("a"), MARKER + " " + name);
            Files.writeString(root.resolve(name).resolve("b"), MARKER + " " + name);
        }
        Files.writeString(root.resolve("secret"), MARKER);
        Files.createSymbolicLink(root.resolve("link"), Path.of("secret"));
    }

    Path root() {
        return root;
    }

    /** Every byte and everything that the system knows of each file but when it was read. */
    SortedMap<String, String> state() throws IOException {
        SortedMap<String, String> state = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                String known = Files.readAttributes(
                                file,
                                "unix:mode,uid,gid,nlink,ino,size,lastModifiedTime,ctime",
                                LinkOption.NOFOLLOW_LINKS)
                        .entrySet()
                        .stream()
                        .sorted(Map.Entry.comparingByKey())
                        .toList()
                        .toString();
                String content = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.readString(file) : "";
                state.put(root.relativize(file).toString(), known + content);
            }
        }
        return state;
    }

    /** Files of an image that hold something of this tree. */
    static SortedMap<String, String> found(Path image) throws IOException {
        SortedMap<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(image)) {
            for (Path file : files.toList()) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) < 1 << 20) {
                    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                    if (content.contains(MARKER)) {
                        found.put(image.relativize(file).toString(), content);
                    }
                }
            }
        }
        return found;
    }
}
