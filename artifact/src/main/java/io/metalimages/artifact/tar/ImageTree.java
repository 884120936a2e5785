package io.metalimages.artifact.tar;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The files of an image, from the entries of its tar. Paths have no slashes around them; the root is the empty path. Whatever
 * is there lies in directories that are there. Takes a few hundred bytes for each file.
 *
 * <p>Links and patterns come from the image, and can be such that following them never ends. So there is a limit to the work
 * of all questions together; when it is {@link #exhausted}, nothing is found any more.
 */
public final class ImageTree {

    private static final int MOST_LINKS = 40;

    /** In characters of paths that are looked at. A Debian server takes less than a hundredth. */
    private static final long MOST_WORK = 1L << 30;

    /** What it costs to pass over a file. */
    private static final int FILE_WORK = 64;

    /** What all names of a file have in common. */
    public static final class Node {

        private final TarEntry entry;
        private byte[] content = new byte[0];

        private Node(TarEntry entry) {
            this.entry = entry;
        }

        /** The entry that brought it; a hard link shares the node of its target. */
        public TarEntry entry() {
            return entry;
        }

        public boolean isFile() {
            return entry.type() == TarEntry.Type.FILE;
        }

        public boolean isDirectory() {
            return entry.type() == TarEntry.Type.DIRECTORY;
        }

        public boolean isSymbolicLink() {
            return entry.type() == TarEntry.Type.SYMBOLIC_LINK;
        }

        /** Empty unless it was kept. */
        public byte[] content() {
            return content;
        }

        public void keep(byte[] bytes) {
            content = bytes;
        }
    }

    private final NavigableMap<String, Node> nodes = new TreeMap<>();
    private long work;

    /** The file at exactly this path, itself if it is a symbolic link. */
    public Optional<Node> find(String path) {
        return Optional.ofNullable(nodes.get(path));
    }

    /** Adds what an entry brings, in place of what was there. */
    public Node add(TarEntry entry) {
        Node node = new Node(entry);
        nodes.put(entry.path(), node);
        return node;
    }

    /** Gives {@code node} a further path. */
    public void link(String path, Node node) {
        nodes.put(path, node);
    }

    /** All paths with their files, sorted. */
    public SortedMap<String, Node> all() {
        return nodes;
    }

    /** What is below a directory, at any depth, sorted. */
    public SortedMap<String, Node> below(String directory) {
        SortedMap<String, Node> below =
                directory.isEmpty() ? nodes : nodes.subMap(directory + "/", directory + "0"); // '0' comes after '/'
        return spend((long) below.size() * FILE_WORK) ? below : Collections.emptySortedMap();
    }

    /** What lies in a directory itself, sorted, by path. */
    public SortedMap<String, Node> in(String directory) {
        SortedMap<String, Node> children = new TreeMap<>();
        int start = directory.isEmpty() ? 0 : directory.length() + 1;
        below(directory).forEach((path, node) -> {
            if (path.indexOf('/', start) < 0) {
                children.put(path, node);
            }
        });
        return children;
    }

    /** The real path of what a program in the image finds at {@code path}; nothing if that isn't there. */
    public Optional<String> resolve(String path) {
        return walk(path, true);
    }

    /** Like {@link #resolve}, but a symbolic link at the very end is not followed. */
    public Optional<String> resolveParent(String path) {
        return walk(path, false);
    }

    /** The longest beginning of {@code path} that is there, but not {@code path} itself. */
    public String nearest(String path) {
        int[] slashes = IntStream.range(0, path.length())
                .filter(index -> path.charAt(index) == '/')
                .toArray();
        int there = 0;
        int most = slashes.length;
        while (there < most) {
            int middle = (there + most + 1) >>> 1;
            if (nodes.containsKey(path.substring(0, slashes[middle - 1]))) {
                there = middle;
            } else {
                most = middle - 1;
            }
        }
        return there == 0 ? "" : path.substring(0, slashes[there - 1]);
    }

    /** Whether the limit of work was reached, so that answers were left out. */
    public boolean exhausted() {
        return work > MOST_WORK;
    }

    /** Lets the limit be reached. */
    public void exhaust() {
        work = MOST_WORK + 1;
    }

    /**
     * Counts work that is done with what the image holds.
     *
     * @param characters that are looked at
     * @return whether the limit is not reached
     */
    public boolean spend(long characters) {
        work += characters;
        return !exhausted();
    }

    /** What a program in the image finds at {@code path}, symbolic links followed. */
    public Optional<Node> open(String path) {
        return resolve(path).flatMap(this::find);
    }

    private Optional<String> walk(String path, boolean followLast) {
        Deque<String> pending = new ArrayDeque<>(Arrays.asList(path.split("/")));
        String resolved = "";
        int links = 0;
        while (!pending.isEmpty()) {
            String component = pending.pop();
            if (!spend(component.length() + FILE_WORK / 4)) {
                return Optional.empty();
            }
            if (component.isEmpty() || component.equals(".")) {
                continue;
            }
            if (component.equals("..")) {
                resolved = resolved.substring(0, Math.max(0, resolved.lastIndexOf('/')));
                continue;
            }
            String next = resolved.isEmpty() ? component : resolved + "/" + component;
            Node node = nodes.get(next);
            if (node == null || !spend(next.length())) {
                return Optional.empty();
            }
            if (node.isSymbolicLink() && (followLast || !pending.isEmpty())) {
                String target = node.entry().linkTarget();
                if (++links > MOST_LINKS) {
                    return Optional.empty();
                }
                Arrays.asList(target.split("/")).reversed().forEach(pending::push);
                if (target.startsWith("/")) {
                    resolved = "";
                }
            } else {
                resolved = next;
            }
        }
        return Optional.of(resolved);
    }
}
