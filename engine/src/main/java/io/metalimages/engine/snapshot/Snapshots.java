package io.metalimages.engine.snapshot;

import io.metalimages.common.Digest;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The results of operations, and by an operation's key which of them is its newest. A snapshot appears in one step when
 * it is whole and never changes afterwards. Safe for use by several threads and processes.
 *
 * <p>Nothing is forced to disk while a build runs. An entry that was not yet safe on disk when the machine went down is
 * known by its {@code booted} identity, and dropped.
 */
public final class Snapshots {

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

    public Snapshots(StateDirectory state) throws IOException {
        this.directory = state.snapshots();
        this.actions = state.actions();
        this.failed = state.failed();
        this.boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    /**
     * What an operation with this key made, if that and everything below it is there. A record that is damaged counts as
     * one that is not there.
     */
    public Optional<Snapshot> find(Digest key) throws IOException {
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
    public Snapshot keep(Digest key, Snapshot parent, Path layer, Instant begun, String name, WorkDirectory work)
            throws IOException {
        String id = UUID.randomUUID().toString().replace("-", "");
        Snapshot kept = keep(directory.resolve(id), parent, layer, begun, name, work);
        RecordFile.replace(action(key), new Action(id), work);
        return kept;
    }

    /** Keeps what a failed operation had made until then, in place of an earlier failure of the same operation. */
    public void keepFailed(Digest key, Snapshot parent, Path layer, Instant begun, String name, WorkDirectory work)
            throws IOException {
        Path place = failed.resolve(key.hex());
        WorkDirectory.deleteTree(place);
        keep(place, parent, layer, begun, name, work);
    }

    /** What a failed operation left, by the first digits of its key. */
    public Optional<Snapshot> findFailed(String prefix) throws IOException {
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

    private Snapshot keep(Path place, Snapshot parent, Path layer, Instant begun, String name, WorkDirectory work)
            throws IOException {
        boolean lowest = parent.layers().isEmpty();
        Path prepared = work.newDirectory("keep");
        Files.move(layer, prepared.resolve(LAYER), StandardCopyOption.ATOMIC_MOVE);
        Entry entry = new Entry(lowest ? "" : parent.id(), boot, begun.toString(), name);
        RecordFile.write(prepared.resolve(RECORD), entry);
        Files.move(prepared, place, StandardCopyOption.ATOMIC_MOVE);
        return read(place)
                .orElseThrow(() -> new IOException("The snapshot " + place + " went away as soon as it was made."));
    }

    /** Waits until all snapshots are safe on disk, so that they survive a loss of power. */
    public void synchronise() throws IOException {
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

    /** A read-only view of {@code snapshot}, until it is closed. */
    public View view(Snapshot snapshot, WorkDirectory work) throws IOException {
        if (snapshot.layers().size() == 1) {
            return new View(snapshot.layers().getFirst(), false);
        }
        Path target = work.newDirectory("view");
        if (snapshot.layers().isEmpty()) {
            return new View(target, false);
        }
        Mounts.overlayReadOnly(snapshot.layers(), target);
        return new View(target, true);
    }

    /** A snapshot's files at {@code root}. */
    public record View(Path root, boolean mounted) implements AutoCloseable {
        @Override
        public void close() {
            if (mounted) {
                try {
                    Mounts.unmount(root);
                } catch (IOException e) {
                    throw new UncheckedIOException("The view of a snapshot could not be unmounted.", e);
                }
            }
        }
    }

    /** A view of {@code snapshot} that can be written to; the changes gather apart from it. */
    public Changes change(Snapshot snapshot, WorkDirectory work) throws IOException {
        Path place = work.newDirectory("change");
        Path upper = Files.createDirectory(place.resolve("upper"));
        if (snapshot.layers().isEmpty()) {
            return new Changes(upper, upper, false);
        }
        Path root = Files.createDirectory(place.resolve("root"));
        Mounts.overlay(snapshot.layers(), upper, Files.createDirectory(place.resolve("work")), root);
        return new Changes(root, upper, true);
    }

    /** The file system at {@code root}, whose changes are in {@code upper} once this is closed. */
    public record Changes(Path root, Path upper, boolean mounted) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            if (mounted) {
                Mounts.unmount(root);
            }
        }
    }
}
