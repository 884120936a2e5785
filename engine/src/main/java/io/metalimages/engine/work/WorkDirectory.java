package io.metalimages.engine.work;

import io.metalimages.common.linux.LockFile;
import io.metalimages.common.linux.Mounts;
import io.metalimages.common.linux.TreeDeletion;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Scratch space of one process, and everything in it that could outlive the process: mounts, containers, programs.
 *
 * <p>A process holds a lock on its working directory as long as it lives. Whoever opens one first looks for directories
 * whose lock nobody holds, and clears them away, so that after a {@code kill -9} nothing is left once the next run has
 * started. Thread-safe.
 */
public final class WorkDirectory implements AutoCloseable {

    private static final String GUARD = ".guard";
    private static final String LOCK = ".lock";
    private static final String CONTAINERS = "containers";

    private final Path path;
    private final LockFile lock;
    private final AtomicInteger directories = new AtomicInteger();
    private final List<Closeable> held = new ArrayList<>();
    private boolean closed;

    private WorkDirectory(Path path, LockFile lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Opens a new working directory, and clears away those of processes that are no more.
     *
     * @param notes is told of each that was cleared away
     */
    public static WorkDirectory open(StateDirectory state, Consumer<String> notes)
            throws IOException, InterruptedException {
        Path all = state.work();
        try (LockFile _ = LockFile.exclusive(all.resolve(GUARD))) {
            clearAbandoned(all, notes);
            Path path = all.resolve(UUID.randomUUID().toString().substring(0, 8));
            LockFile lock = LockFile.tryExclusive(lockFile(path))
                    .orElseThrow(() -> new IOException("The new working directory " + path + " is locked already."));
            return new WorkDirectory(Files.createDirectory(path), lock);
        }
    }

    /** Beside the directory, so that it goes last: a directory whose lock nobody holds is nobody's, at any time. */
    private static Path lockFile(Path path) {
        return path.resolveSibling(path.getFileName() + LOCK);
    }

    private static void clearAbandoned(Path all, Consumer<String> notes) throws IOException, InterruptedException {
        SortedSet<Path> candidates = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(all)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    candidates.add(entry);
                } else if (name.endsWith(LOCK)) {
                    candidates.add(all.resolve(name.substring(0, name.length() - LOCK.length())));
                }
            }
        }
        for (Path candidate : candidates) {
            Optional<LockFile> held = LockFile.tryExclusive(lockFile(candidate));
            if (held.isPresent()) {
                try (LockFile _ = held.get()) {
                    if (Files.exists(candidate)) {
                        clear(candidate);
                        notes.accept("Cleaned up after a run that was killed (" + candidate.getFileName() + ").");
                    }
                    Files.deleteIfExists(lockFile(candidate));
                }
            }
        }
    }

    public Path path() {
        return path;
    }

    /** A new, empty directory, which goes away with this one. */
    public Path newDirectory(String purpose) throws IOException {
        return Files.createDirectory(path.resolve(purpose + "-" + directories.incrementAndGet()));
    }

    /** Keeps a lock, or a connection, until this is closed. */
    public synchronized void hold(Closeable other) throws IOException {
        if (closed) {
            other.close();
            throw new IOException("The working directory " + path + " is closed.");
        }
        held.add(other);
    }

    public ProcessLauncher launcher() {
        return new ProcessLauncher(mark(path));
    }

    /** Where the OCI runtime keeps the state of its containers. */
    public Path containers() {
        return path.resolve(CONTAINERS);
    }

    /** Ends, unmounts and deletes everything in this directory. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = Thread.interrupted();
        try (lock) {
            clear(path);
            Files.deleteIfExists(lockFile(path));
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            for (Closeable other : held) {
                other.close();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String mark(Path path) {
        return path.getFileName().toString();
    }

    private static void clear(Path path) throws IOException, InterruptedException {
        endMarkedProcesses(mark(path));
        deleteContainers(path.resolve(CONTAINERS));
        Mounts.unmountBelow(path);
        deleteTree(path);
    }

    private static void endMarkedProcesses(String mark) throws IOException, InterruptedException {
        byte[] wanted = (ProcessLauncher.MARK + "=" + mark + "\0").getBytes(StandardCharsets.ISO_8859_1);
        for (int found = 1, attempt = 0; found > 0 && attempt < 50; attempt++) {
            found = 0;
            for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
                if (process.pid() != ProcessHandle.current().pid() && isMarked(process, wanted)) {
                    found++;
                    process.destroyForcibly();
                }
            }
            if (found > 0) {
                Thread.sleep(20);
            }
        }
    }

    private static boolean isMarked(ProcessHandle process, byte[] wanted) {
        try {
            String environment = new String(
                    Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "environ")),
                    StandardCharsets.ISO_8859_1);
            return ("\0" + environment).contains("\0" + new String(wanted, StandardCharsets.ISO_8859_1));
        } catch (IOException goneOrForeign) {
            return false;
        }
    }

    /** The runtime's state names the program that made it, so that another one isn't asked to take it away. */
    private static void deleteContainers(Path containers) throws IOException, InterruptedException {
        if (!Files.isDirectory(containers)) {
            return;
        }
        List<Path> runtimes;
        try (Stream<Path> list = Files.list(containers)) {
            runtimes = list.toList();
        }
        for (Path runtime : runtimes) {
            try (DirectoryStream<Path> states = Files.newDirectoryStream(runtime)) {
                for (Path state : states) {
                    deleteContainer(
                            runtime.getFileName().toString(),
                            runtime,
                            state.getFileName().toString());
                }
            }
        }
    }

    /** Ends a container and takes it away; none of that name is no fault. */
    public static void deleteContainer(String program, Path root, String id) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program, "--root", root.toString(), "delete", "--force", id)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0 && Files.exists(root.resolve(id))) {
            throw new IOException("The container " + id + " could not be deleted: " + said.strip());
        }
    }

    /** Deletes {@code root} and everything below it; what is mounted there is a fault, never emptied. */
    public static void deleteTree(Path root) throws IOException {
        List<Path> mounted = Mounts.mountedBelow(root);
        if (!mounted.isEmpty()) {
            throw new IOException("Will not delete " + root + ": " + mounted.getFirst() + " is mounted in it.");
        }
        TreeDeletion.delete(root);
    }
}
