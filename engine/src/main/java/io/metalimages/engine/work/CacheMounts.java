package io.metalimages.engine.work;

import io.metalimages.common.Digest;
import io.metalimages.common.linux.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directories that {@code RUN --mount=type=cache} keeps from one run to the next. Beside each lies a record of what it is
 * called, written whenever a step begins to use it. Thread-safe, and safe for use by several processes at once.
 */
public final class CacheMounts {

    private static final Pattern DIRECTORY = Pattern.compile("[0-9a-f]{32}");
    private static final String RECORD = ".json";
    private static final String BEGINNING = ".begin";

    private final Path directory;
    private final Path locks;
    private final WorkDirectory work;

    public CacheMounts(StateDirectory state, WorkDirectory work) {
        this.directory = state.caches();
        this.locks = state.locks("mounts");
        this.work = work;
    }

    /** What is written down of a directory: its id in the Dockerfile. */
    private record Name(String id) {}

    /**
     * A directory that stays until this is closed.
     *
     * @param directory exists
     */
    public record Use(Path directory, LockFile lock) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            lock.close();
        }
    }

    /**
     * A directory as it lies on disk.
     *
     * @param name of the directory itself
     * @param id what the Dockerfile calls it; empty if that is not known
     * @param used when a step last began to use it
     */
    public record Entry(String name, String id, Instant used) {}

    /** Puts into a directory what it begins with. */
    @FunctionalInterface
    public interface Beginning {
        void fill(Path directory) throws IOException;
    }

    /** The directory of that id; made if there is none. */
    public Use use(String id, Beginning beginning) throws IOException, InterruptedException {
        String name = Digest.of(id).hex().substring(0, 32);
        LockFile lock = LockFile.shared(locks.resolve(name));
        boolean whole = false;
        try {
            Path used = directory.resolve(name);
            try (LockFile _ = LockFile.exclusive(locks.resolve(name + BEGINNING))) {
                if (!Files.isDirectory(used)) {
                    Path begun =
                            Files.createDirectory(work.newDirectory("cache").resolve(name));
                    beginning.fill(begun);
                    Files.move(begun, used, StandardCopyOption.ATOMIC_MOVE);
                }
            }
            RecordFile.replace(directory.resolve(name + RECORD), new Name(id), work);
            whole = true;
            return new Use(used, lock);
        } finally {
            if (!whole) {
                lock.close();
            }
        }
    }

    /** All that are on disk, in no order. */
    public List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> children = Files.list(directory)) {
            for (Path child : children.toList()) {
                String name = child.getFileName().toString();
                if (DIRECTORY.matcher(name).matches()) {
                    Path record = directory.resolve(name + RECORD);
                    entries.add(new Entry(
                            name,
                            RecordFile.read(record, Name.class).map(Name::id).orElse(""),
                            used(name)));
                }
            }
        }
        return entries;
    }

    private Instant used(String name) throws IOException {
        for (Path told : List.of(directory.resolve(name + RECORD), directory.resolve(name))) {
            try {
                return Files.getLastModifiedTime(told).toInstant();
            } catch (NoSuchFileException absent) {
                // The next one, then.
            }
        }
        return Instant.EPOCH;
    }

    /** Where an entry lies. */
    public Path path(Entry entry) {
        return directory.resolve(entry.name());
    }

    /**
     * Takes a directory away, in one step, unless a step uses it or has used it since {@code entry} was looked at.
     *
     * @return whether it is gone
     */
    public boolean remove(Entry entry) throws IOException {
        Optional<LockFile> held = LockFile.tryExclusive(locks.resolve(entry.name()));
        if (held.isEmpty()) {
            return false;
        }
        Path removed = work.newDirectory("remove").resolve(entry.name());
        try (LockFile _ = held.get()) {
            if (!used(entry.name()).equals(entry.used())) {
                return false;
            }
            Files.move(directory.resolve(entry.name()), removed, StandardCopyOption.ATOMIC_MOVE);
            Files.deleteIfExists(directory.resolve(entry.name() + RECORD));
        } catch (NoSuchFileException absent) {
            return true;
        }
        WorkDirectory.deleteTree(removed);
        return true;
    }
}
