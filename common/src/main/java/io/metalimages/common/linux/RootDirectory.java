package io.metalimages.common.linux;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A directory in which paths are resolved as a process would that has it for its root: absolute symbolic links start
 * here, and {@code ..} never leads out. The kernel sees to that while it opens (openat2(2), RESOLVE_IN_ROOT), so that
 * nothing changes it in between, and what was opened is used by its descriptor and never named again.
 *
 * <p>Links that are the kernel's own and lead anywhere, such as {@code /proc/self/root}, are not followed. Thread-safe.
 *
 * <p>Example: with {@code etc -> /tmp} in it, {@code find("/etc/passwd")} opens {@code tmp/passwd} of the directory.
 * Counter-example: a {@link Path} made of the directory's own and {@code etc/passwd} is a file of this machine.
 */
public final class RootDirectory implements AutoCloseable {

    /** As many as the kernel follows. */
    private static final int MOST_LINKS = 40;

    private static final long BELOW = Descriptor.IN_ROOT | Descriptor.NO_MAGIC_LINKS;

    private final OpenedDirectory top;

    private RootDirectory(OpenedDirectory top) {
        this.top = top;
    }

    /** Opens a directory of this machine, whose own path is trusted. */
    public static RootDirectory open(Path directory) throws IOException {
        return new RootDirectory(new OpenedDirectory(Descriptor.openHostDirectory(directory), "/"));
    }

    /** The directory itself; closed with this. */
    public OpenedDirectory top() {
        return top;
    }

    /**
     * What {@code path} names, every symbolic link followed, the last one too; empty if there is nothing, as there is at
     * the end of links that lead in circles, and of a path that is longer than a path can be.
     */
    public Optional<OpenedFile> find(String path) throws IOException {
        return opened(top.descriptor().open(absolute(path), OpenFlags.PATH, 0, BELOW), path);
    }

    /** What {@code path} names if none of its components is a symbolic link; empty if there is nothing, or a link. */
    public Optional<OpenedFile> findWithoutLinks(String path) throws IOException {
        Descriptor.Opened opened =
                top.descriptor().open(absolute(path), OpenFlags.PATH, 0, BELOW | Descriptor.NO_LINKS);
        return opened(opened, path);
    }

    private static Optional<OpenedFile> opened(Descriptor.Opened opened, String path) throws IOException {
        return switch (opened.errno()) {
            case SystemCall.ENOENT, SystemCall.ENOTDIR, SystemCall.ELOOP, SystemCall.ENAMETOOLONG -> Optional.empty();
            case 0 -> Optional.of(new OpenedFile(opened.descriptor(), path));
            default -> throw Descriptor.failure(path, opened.errno());
        };
    }

    /** The regular file that {@code path} names; empty if there is nothing, or something else. */
    public Optional<OpenedFile> findRegularFile(String path) throws IOException {
        Optional<OpenedFile> found = find(path);
        if (found.isPresent() && !found.get().status().isRegularFile()) {
            found.get().close();
            return Optional.empty();
        }
        return found;
    }

    /** The directory that {@code path} names; empty if there is nothing, or something else. */
    public Optional<OpenedDirectory> findDirectory(String path) throws IOException {
        Descriptor.Opened opened = top.descriptor().open(absolute(path), OpenFlags.DIRECTORY, 0, BELOW);
        return switch (opened.errno()) {
            case SystemCall.ENOENT, SystemCall.ENOTDIR, SystemCall.ELOOP, SystemCall.ENAMETOOLONG -> Optional.empty();
            case 0 -> Optional.of(new OpenedDirectory(opened.descriptor(), path));
            default -> throw Descriptor.failure(path, opened.errno());
        };
    }

    /** The directory that these entries lead to, one below the other, none of them a symbolic link; empty if not. */
    public Optional<OpenedDirectory> directory(List<String> names) throws IOException {
        OpenedDirectory current = reopened();
        for (String name : names) {
            try (OpenedDirectory above = current) {
                Optional<OpenedDirectory> next = above.directory(name);
                if (next.isEmpty()) {
                    return Optional.empty();
                }
                current = next.get();
            }
        }
        return Optional.of(current);
    }

    private OpenedDirectory reopened() throws IOException {
        Descriptor.Opened opened = top.descriptor().open(".", OpenFlags.DIRECTORY, 0, Descriptor.NO_LINKS);
        if (opened.failed()) {
            throw Descriptor.failure("/", opened.errno());
        }
        return new OpenedDirectory(opened.descriptor(), "/");
    }

    /**
     * Where a path leads.
     *
     * @param names the entries from the root down to it, none of them a symbolic link
     * @param existing how many of them there are; the others are missing, or the last one that exists is no directory
     */
    public record Location(List<String> names, int existing) {

        public Location {
            names = List.copyOf(names);
        }

        public boolean exists() {
            return existing == names.size();
        }

        /** Absolute, as the root file system's own programs would name it. */
        public String path() {
            return "/" + String.join("/", names);
        }
    }

    /**
     * What is at a name, from one look at it: a link that is replaced between two looks is none any more.
     *
     * @param link what it says if it is a symbolic link
     */
    private record Entry(Optional<String> link) {

        static Optional<Entry> in(OpenedDirectory directory, String name) throws IOException {
            Optional<OpenedFile> opened = directory.file(name);
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            try (OpenedFile file = opened.get()) {
                return Optional.of(
                        new Entry(file.status().isSymbolicLink() ? Optional.of(file.readLink()) : Optional.empty()));
            }
        }
    }

    /**
     * Where {@code path} leads, every symbolic link followed, the last one too. What is missing is taken as it is
     * written.
     *
     * @throws FileSystemLoopException if symbolic links lead in circles
     */
    public Location locate(String path) throws IOException {
        Deque<String> pending = new ArrayDeque<>(Arrays.asList(path.split("/")));
        List<String> names = new ArrayList<>();
        int existing = 0;
        int links = 0;
        OpenedDirectory current = reopened();
        try {
            while (!pending.isEmpty()) {
                String name = pending.pop();
                if (name.isEmpty() || name.equals(".")) {
                    continue;
                }
                if (name.equals("..")) {
                    if (!names.isEmpty()) {
                        names.removeLast();
                        existing = Math.min(existing, names.size());
                        current.close();
                        current = required(names.subList(0, existing));
                    }
                    continue;
                }
                Optional<Entry> entry = existing == names.size() ? Entry.in(current, name) : Optional.empty();
                if (entry.flatMap(Entry::link).isPresent()) {
                    if (++links > MOST_LINKS) {
                        throw new FileSystemLoopException(path);
                    }
                    String target = entry.flatMap(Entry::link).get();
                    Arrays.asList(target.split("/")).reversed().forEach(pending::push);
                    if (target.startsWith("/")) {
                        names.clear();
                        existing = 0;
                        current.close();
                        current = reopened();
                    }
                    continue;
                }
                names.add(name);
                if (entry.isPresent()) {
                    existing++;
                    Optional<OpenedDirectory> next = current.directory(name);
                    if (next.isPresent()) {
                        current.close();
                        current = next.get();
                    } else if (!isLast(pending)) {
                        // A file where a directory is needed: nothing can be below it.
                        names.addAll(pending);
                        return new Location(names, existing);
                    }
                }
            }
            return new Location(names, existing);
        } finally {
            current.close();
        }
    }

    private static boolean isLast(Deque<String> pending) {
        return pending.stream().allMatch(name -> name.isEmpty() || name.equals("."));
    }

    private OpenedDirectory required(List<String> names) throws IOException {
        return directory(names).orElseThrow(() -> new NoSuchFileException("/" + String.join("/", names)));
    }

    /**
     * Opens the directory that {@code path} leads to, every symbolic link followed, and makes what is missing of it.
     *
     * @param permissions of new directories
     * @throws NotDirectoryException if there is something else on the way, which it names
     * @throws FileSystemLoopException if symbolic links lead in circles
     */
    public OpenedDirectory makeDirectories(String path, int permissions, int user, int group) throws IOException {
        List<String> names = locate(path).names();
        OpenedDirectory current = reopened();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            try (OpenedDirectory above = current) {
                Optional<OpenedDirectory> next = above.directory(name);
                if (next.isPresent()) {
                    current = next.get();
                    continue;
                }
                if (above.status(name).isPresent()) {
                    throw new NotDirectoryException("/" + String.join("/", names.subList(0, i + 1)));
                }
                above.makeDirectory(name);
                above.changeOwner(name, user, group);
                above.changeMode(name, permissions);
                current = above.directory(name).orElseThrow(() -> new NoSuchFileException(above.path() + "/" + name));
            }
        }
        return current;
    }

    /**
     * The place on this machine of what {@code path} names, for programs that take nothing but paths. It has no symbolic
     * link in it, so it stays true for as long as nobody changes the tree.
     *
     * @throws NoSuchFileException if there is nothing
     */
    public Path hostPath(String path) throws IOException {
        try (OpenedFile found = find(path).orElseThrow(() -> new NoSuchFileException(path))) {
            Path place = Files.readSymbolicLink(found.descriptor().magicLink());
            if (!FileStatus.of(place).isSameFile(found.status())) {
                throw new FileSystemException(path, null, "moved meanwhile");
            }
            return place;
        }
    }

    private static String absolute(String path) {
        return path.startsWith("/") ? path : "/" + path;
    }

    @Override
    public void close() {
        top.close();
    }
}
