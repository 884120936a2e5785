package io.metalimages.common.linux;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Resolves paths inside a root file system as a process that has it for its root would: absolute symbolic links start at
 * the root, and {@code ..} never leaves it.
 */
public final class RootedPath {

    private static final int MOST_LINKS = 255;

    private RootedPath() {}

    /**
     * The place of {@code path} on this machine, with every symbolic link on the way followed, the last one too.
     * Components that don't exist are taken as they are.
     *
     * @throws FileSystemLoopException if symbolic links lead in circles
     */
    public static Path resolve(Path root, String path) throws IOException {
        return resolve(root, path, true);
    }

    /** Like {@link #resolve(Path, String)}, but a symbolic link at the very end is not followed. */
    public static Path resolveParent(Path root, String path) throws IOException {
        return resolve(root, path, false);
    }

    private static Path resolve(Path root, String path, boolean followLast) throws IOException {
        Deque<String> pending = new ArrayDeque<>(Arrays.asList(path.split("/")));
        Path resolved = root;
        int links = 0;
        while (!pending.isEmpty()) {
            String component = pending.pop();
            if (component.isEmpty() || component.equals(".")) {
                continue;
            }
            if (component.equals("..")) {
                resolved = resolved.equals(root) ? root : parent(resolved);
                continue;
            }
            Path next = resolved.resolve(component);
            if (Files.isSymbolicLink(next) && (followLast || !pending.isEmpty())) {
                if (++links > MOST_LINKS) {
                    throw new FileSystemLoopException(path);
                }
                String target = Files.readSymbolicLink(next).toString();
                Arrays.asList(target.split("/")).reversed().forEach(pending::push);
                if (target.startsWith("/")) {
                    resolved = root;
                }
            } else {
                resolved = next;
            }
        }
        return resolved;
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }
}
