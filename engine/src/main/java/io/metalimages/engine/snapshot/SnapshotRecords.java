package io.metalimages.engine.snapshot;

import io.metalimages.common.Digest;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Snapshots as directories with a record and a layer each, whatever a layer is, and the keys that lead to them. What all
 * stores have in common. Thread-safe.
 *
 * <p>Nothing is forced to disk while a build runs. An entry that was not yet safe on disk when the machine went down is
 * known by its {@code booted} identity, and dropped.
 */
final class SnapshotRecords {

    private static final String LAYER = "layer";
    private static final String RECORD = "snapshot.json";
    private static final String SAFE = "on-disk";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

    private final Path directory;
    private final Path actions;
    private final Path failed;
    private final String boot;

    /**
     * What is written beside a layer.
     *
     * @param parent the id of the snapshot below, or empty
     * @param booted identifies the machine's start during which this was written
     */
    private record Entry(String parent, String booted, String begun, String name) {}

    /** What is written under an operation's key: the id of its newest result. */
    private record Action(String id) {}

    SnapshotRecords(StateDirectory state) throws IOException {
        this.directory = state.snapshots();
        this.actions = state.actions();
        this.failed = state.failed();
        this.boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    /**
     * What an operation with this key made, if that and everything below it is there. A record that is damaged counts as
     * one that is not there.
     */
    Optional<Snapshot> find(Digest key) throws IOException {
        Optional<Action> action = RecordFile.read(action(key), Action.class);
        return action.isPresent() && ID.matcher(action.get().id()).matches()
                ? read(directory.resolve(action.get().id()))
                : Optional.empty();
    }

    private Optional<Snapshot> read(Path place) throws IOException {
        String id = place.getFileName().toString();
        Deque<Path> layers = new ArrayDeque<>();
        for (Path current = place; ; ) {
            Optional<Entry> entry = RecordFile.read(current.resolve(RECORD), Entry.class);
            if (entry.isEmpty() || layers.contains(current.resolve(LAYER))) {
                return Optional.empty();
            }
            if (!entry.get().booted().equals(boot) && !Files.exists(current.resolve(SAFE))) {
                WorkDirectory.deleteTree(current);
                return Optional.empty();
            }
            if (!Files.isDirectory(current.resolve(LAYER), LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
            layers.addFirst(current.resolve(LAYER));
            String parent = entry.get().parent();
            if (parent.isEmpty()) {
                return begun(entry.get()).map(begun -> new Snapshot(id, List.copyOf(layers), begun));
            }
            if (!ID.matcher(parent).matches()) {
                return Optional.empty();
            }
            current = directory.resolve(parent);
        }
    }

    private static Optional<Instant> begun(Entry entry) {
        try {
            return Optional.of(Instant.parse(entry.begun()));
        } catch (DateTimeParseException notATime) {
            return Optional.empty();
        }
    }

    /**
     * Keeps {@code layer}, which is moved from where it is, as what the operation with this key makes from now on.
     *
     * @param parent what the layer lies on; no layers for an empty file system
     * @param begun when the work on the layer began
     * @param name what the user calls the operation, for someone who looks into the directory
     */
    Snapshot commit(Digest key, Snapshot parent, Path layer, Instant begun, String name, WorkDirectory work)
            throws IOException {
        String id = UUID.randomUUID().toString().replace("-", "");
        Snapshot kept = commit(directory.resolve(id), parent, layer, begun, name, work);
        RecordFile.replace(action(key), new Action(id), work);
        return kept;
    }

    /** Keeps what a failed operation had made until then, in place of an earlier failure of the same operation. */
    void commitFailed(Digest key, Snapshot parent, Path layer, Instant begun, String name, WorkDirectory work)
            throws IOException {
        Path place = failed.resolve(key.hex());
        WorkDirectory.deleteTree(place);
        commit(place, parent, layer, begun, name, work);
    }

    /** What a failed operation left, by the first digits of its key. */
    Optional<Snapshot> findFailed(String prefix) throws IOException {
        try (Stream<Path> entries = Files.list(failed)) {
            List<Path> matching = entries.filter(
                            entry -> entry.getFileName().toString().startsWith(prefix))
                    .toList();
            if (matching.size() != 1) {
                return Optional.empty();
            }
            return read(matching.getFirst());
        }
    }

    private Snapshot commit(Path place, Snapshot parent, Path layer, Instant begun, String name, WorkDirectory work)
            throws IOException {
        boolean lowest = parent.layers().isEmpty();
        Path prepared = work.newDirectory("keep");
        Files.move(layer, prepared.resolve(LAYER), StandardCopyOption.ATOMIC_MOVE);
        Entry entry = new Entry(lowest ? "" : parent.id(), boot, begun.toString(), name);
        RecordFile.write(prepared.resolve(RECORD), entry);
        Files.move(prepared, place, StandardCopyOption.ATOMIC_MOVE);
        List<Path> layers = new ArrayList<>(parent.layers());
        layers.add(place.resolve(LAYER));
        return new Snapshot(place.getFileName().toString(), layers, lowest ? begun : parent.begun());
    }

    /** Waits until all snapshots are safe on disk, so that they survive a loss of power. */
    void synchronise() throws IOException {
        List<Path> unsafe = new ArrayList<>();
        for (Path place : List.of(directory, failed)) {
            try (Stream<Path> entries = Files.list(place)) {
                entries.filter(entry -> Files.exists(entry.resolve(RECORD)) && !Files.exists(entry.resolve(SAFE)))
                        .forEach(unsafe::add);
            }
        }
        if (unsafe.isEmpty()) {
            return;
        }
        Mounts.synchronise(directory);
        for (Path entry : unsafe) {
            Files.write(entry.resolve(SAFE), new byte[0]);
        }
    }

    private Path action(Digest key) {
        return actions.resolve(key.hex());
    }

    /** See {@link SnapshotStore#remove}. */
    void remove(String id, WorkDirectory work) throws IOException {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("Not the id of a snapshot: " + id);
        }
        Path removed = work.newDirectory("remove").resolve(LAYER);
        try {
            Files.move(directory.resolve(id), removed, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException absent) {
            return;
        }
        WorkDirectory.deleteTree(removed);
    }

    /** See {@link SnapshotStore#walk}. */
    void walk(Consumer<SnapshotStore.Entry> visitor) throws IOException {
        try (DirectoryStream<Path> places = Files.newDirectoryStream(directory)) {
            for (Path place : places) {
                Optional<Entry> entry = RecordFile.read(place.resolve(RECORD), Entry.class);
                visitor.accept(new SnapshotStore.Entry(
                        place.getFileName().toString(),
                        entry.map(Entry::parent).filter(parent -> !parent.isEmpty()),
                        entry.map(Entry::name).orElse("")));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** See {@link SnapshotStore#usage}. A file with several names counts once. */
    long usage(String id) throws IOException {
        Path place = directory.resolve(id);
        if (!ID.matcher(id).matches() || !Files.exists(place)) {
            return 0;
        }
        Set<Object> seen = new HashSet<>();
        long[] bytes = {0};
        Files.walkFileTree(place, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path entry, BasicFileAttributes attributes) {
                bytes[0] += attributes.size();
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path entry, BasicFileAttributes attributes) {
                Object key = attributes.fileKey();
                if (key == null || seen.add(key)) {
                    bytes[0] += attributes.size();
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path entry, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
        return bytes[0];
    }
}
