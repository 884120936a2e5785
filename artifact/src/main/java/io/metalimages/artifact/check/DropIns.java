package io.metalimages.artifact.check;

import io.metalimages.artifact.tar.ImageTree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Configuration that is spread over directories, as systemd reads it (tmpfiles.d(5), sysctl.d(5)): files are sorted by
 * name, whatever their directory, and of several with the same name the one in the first directory counts. One that is
 * empty, or a link to {@code /dev/null}, takes the others away.
 */
final class DropIns {

    /** A line that is neither empty nor a comment. */
    record Line(String path, int number, String text) {

        /** {@code /usr/lib/tmpfiles.d/metal.conf:14}. */
        String place() {
            return "/" + path + ":" + number;
        }
    }

    private static final List<String> PARENTS = List.of("etc", "usr/local/lib", "usr/lib");
    private static final String SUFFIX = ".conf";

    /** Of one file, in bytes. The longest that Debian has are of 4 KB. */
    static final int LARGEST = 256 << 10;

    /** In bytes; more than a path may have. */
    private static final int LONGEST_LINE = 8 << 10;

    /** Of a directory. Debian has about 200. */
    private static final int MOST_LINES = 10_000;

    private static final int CHARACTER_WORK = 16;

    private DropIns() {}

    /** Whether the content of the file at {@code path} may be needed by {@link #lines} for {@code directory}. */
    static boolean includes(String path, String directory) {
        return path.endsWith(SUFFIX)
                && PARENTS.stream().anyMatch(parent -> path.startsWith(parent + "/" + directory + "/"));
    }

    /** The number of the first line that is longer than any. */
    static Optional<Integer> longLine(byte[] content) {
        int number = 1;
        int start = 0;
        for (int i = 0; i < content.length; i++) {
            if (i - start >= LONGEST_LINE) {
                return Optional.of(number);
            }
            if (content[i] == '\n') {
                number++;
                start = i + 1;
            }
        }
        return Optional.empty();
    }

    /** The lines of all files that count, in their order. */
    static List<Line> lines(ImageTree tree, String directory) {
        Map<String, String> files = new TreeMap<>();
        for (String parent : PARENTS) {
            for (String path : tree.in(parent + "/" + directory).keySet()) {
                if (path.endsWith(SUFFIX)) {
                    files.putIfAbsent(path.substring(path.lastIndexOf('/') + 1), path);
                }
            }
        }
        List<Line> lines = new ArrayList<>();
        for (String path : files.values()) {
            byte[] content = tree.open(path).map(ImageTree.Node::content).orElse(new byte[0]);
            tree.spend((long) content.length * CHARACTER_WORK); // one content may have many names
            if (tree.exhausted()) {
                return lines;
            }
            int number = 0;
            for (String text : (Iterable<String>) new String(content, StandardCharsets.UTF_8).lines()::iterator) {
                number++;
                String stripped = text.strip();
                if (!stripped.isEmpty() && !stripped.startsWith("#")) {
                    lines.add(new Line(path, number, stripped));
                }
                if (lines.size() > MOST_LINES) {
                    tree.exhaust();
                    return lines;
                }
            }
        }
        return lines;
    }
}
