package io.metalimages.artifact.tar;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of an image, from the entries of its tar. Paths have no slashes around them; the root is the empty path. Takes
 * a few hundred bytes for each file.
 */
public final class ImageTree {

    private static final int MOST_LINKS = 40;

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
        return directory.isEmpty() ? nodes : nodes.subMap(directory + "/", directory + "0"); // '0' comes after '/'
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
            if (component.isEmpty() || component.equals(".")) {
                continue;
            }
            if (component.equals("..")) {
                resolved = resolved.substring(0, Math.max(0, resolved.lastIndexOf('/')));
                continue;
            }
            String next = resolved.isEmpty() ? component : resolved + "/" + component;
            Node node = nodes.get(next);
            if (node == null) {
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
