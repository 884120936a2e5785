package io.metalimages.common.linux;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;

/**
 * Deletes trees that anybody may have made: of any depth, with paths longer than the system can name, with links to
 * anywhere. Two directories are open at a time, the thread's stack does not grow with the depth, and of a large directory only
 * some names are in memory.
 */
public final class TreeDeletion {

    private static final int NAMES_AT_ONCE = 10_000;

    private TreeDeletion() {}

    /** A directory on the way to the one that is being emptied, and some of its entries that are still to be deleted. */
    private record Level(String name, FileStatus status, String path, Deque<String> remaining) {
        static Level of(String name, OpenedDirectory directory) throws IOException {
            return new Level(
                    name, directory.status(), directory.path(), new ArrayDeque<>(directory.names(NAMES_AT_ONCE)));
        }
    }

    /**
     * Deletes {@code root} and everything below it; does nothing if there is none. No symbolic link is followed.
     *
     * @throws IOException if something can't be deleted, as a file system that is mounted there; what is mounted is never
     *     emptied
     */
    public static void delete(Path root) throws IOException {
        Path absolute = root.toAbsolutePath();
        Path parent = Objects.requireNonNull(absolute.getParent(), "the root of this machine");
        String name = Objects.requireNonNull(absolute.getFileName()).toString();
        try (OpenedDirectory above = new OpenedDirectory(Descriptor.openHostDirectory(parent), parent.toString())) {
            delete(above, name);
        } catch (NoSuchFileException gone) {
            if (FileStatus.exists(root)) {
                throw gone;
            }
        }
    }

    /** Deletes an entry of {@code above} and everything below it; does nothing if there is none. */
    public static void delete(OpenedDirectory above, String name) throws IOException {
        if (isDeleted(above, name)) {
            return;
        }
        Deque<Level> levels = new ArrayDeque<>();
        OpenedDirectory current = entered(above, name);
        try {
            levels.push(Level.of(name, current));
            while (true) {
                Level level = levels.element();
                String entry = level.remaining().poll();
                if (entry != null) {
                    if (!isDeleted(current, entry)) {
                        OpenedDirectory below = entered(current, entry);
                        current.close();
                        current = below;
                        levels.push(Level.of(entry, current));
                    }
                    continue;
                }
                if (level.remaining().addAll(current.names(NAMES_AT_ONCE))) {
                    continue;
                }
                levels.pop();
                if (levels.isEmpty()) {
                    above.requireDeletedDirectory(level.name());
                    return;
                }
                OpenedDirectory parent = current.above(
                        levels.element().status(), levels.element().path());
                current.close();
                current = parent;
                current.requireDeletedDirectory(level.name());
            }
        } finally {
            current.close();
        }
    }

    /** Whether nothing is left of an entry; if not, it is a directory with something in it. */
    private static boolean isDeleted(OpenedDirectory directory, String name) throws IOException {
        return directory.deleteFile(name)
                || directory.deleteDirectory(name)
                || directory.status(name).isEmpty();
    }

    private static OpenedDirectory entered(OpenedDirectory directory, String name) throws IOException {
        Optional<OpenedDirectory> entered = directory.directoryOfSameMount(name);
        return entered.orElseThrow(() -> new NoSuchFileException(directory.path() + "/" + name));
    }
}
