package io.metalimages.engine.snapshot;

import io.metalimages.common.Digest;
import io.metalimages.common.linux.LockFile;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
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
    private static final String ORIGIN = "origin.json";
    private static final String SIZE = "size.json";
    private static final String CONTENTS = "contents.json";

    /** Locked for sharing by who uses the snapshot, and modified whenever somebody begins to. */
    private static final String IN_USE = "in-use";

    private static final Pattern FAILED_ID = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

    private final Path directory;
    private final Path actions;
    private final Path failed;
    private final String boot;

    /** Snapshots whose records, and those of all below them, were read; some may have been removed since. */
    private final Map<String, Snapshot> read = new ConcurrentHashMap<>();

    /**
     * What is written beside a layer.
     *
     * @param parent the id of the snapshot below, or empty
     * @param booted identifies the machine's start during which this was written
     */
    private record Entry(String parent, String booted, String begun, String name) {}

    /** What is written beside a layer when it is first verified; see {@link TreeSize.Read}. */
    private record Contents(String sha256) {}

    /** What is written under an operation's key: the id of its newest result. */
    private record Action(String id) {}

    SnapshotRecords(StateDirectory state) throws IOException {
        this.directory = state.snapshots();
        this.actions = state.actions();
        this.failed = state.failed();
        this.boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    /** See {@link SnapshotStore#find}. */
    Optional<Snapshot> find(Digest key, WorkDirectory work) throws IOException, InterruptedException {
        Optional<Action> action = RecordFile.read(action(key), Action.class);
        return action.isPresent() && ID.matcher(action.get().id()).matches()
                ? use(directory.resolve(action.get().id()), work)
                : Optional.empty();
    }

    /** Locks first and looks then: what is there once it is locked stays. */
    private Optional<Snapshot> use(Path place, WorkDirectory work) throws IOException, InterruptedException {
        LockFile lock;
        try {
            lock = LockFile.shared(place.resolve(IN_USE));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
        Optional<Snapshot> found = Optional.empty();
        try {
            found = read(place);
            if (found.isPresent()) {
                Files.setLastModifiedTime(place.resolve(IN_USE), FileTime.from(Instant.now()));
                work.hold(lock);
            }
            return found;
        } finally {
            if (found.isEmpty()) {
                lock.close();
            }
        }
    }

    /**
     * Reads its record and those below, down to the first that was read before. What lies below a snapshot that is in use
     * does not change, so a chain is read once, however many of its snapshots are found one after the other.
     */
    private Optional<Snapshot> read(Path place) throws IOException {
        SequencedSet<Path> layers = new LinkedHashSet<>();
        for (Path current = place; ; ) {
            Snapshot below = layers.isEmpty() ? null : read.get(id(current));
            if (below != null && isLayer(current.resolve(LAYER))) {
                return Optional.of(remember(place, below.layers(), layers, below.begun()));
            }
            Optional<Entry> entry = RecordFile.read(current.resolve(RECORD), Entry.class);
            if (entry.isEmpty() || !layers.add(current.resolve(LAYER))) {
                return Optional.empty();
            }
            if (!entry.get().booted().equals(boot) && !Files.exists(current.resolve(SAFE))) {
                WorkDirectory.deleteTree(current);
                return Optional.empty();
            }
            if (!isLayer(current.resolve(LAYER))) {
                return Optional.empty();
            }
            String parent = entry.get().parent();
            if (parent.isEmpty()) {
                return begun(entry.get()).map(begun -> remember(place, List.of(), layers, begun));
            }
            if (!ID.matcher(parent).matches()) {
                return Optional.empty();
            }
            current = directory.resolve(parent);
        }
    }

    /** @param layers those above {@code below}, the highest first */
    private Snapshot remember(Path place, List<Path> below, SequencedSet<Path> layers, Instant begun) {
        List<Path> all = new ArrayList<>(below);
        all.addAll(layers.reversed());
        Snapshot snapshot = new Snapshot(id(place), List.copyOf(all), begun);
        read.put(snapshot.id(), snapshot);
        return snapshot;
    }

    private static boolean isLayer(Path layer) {
        return Files.isDirectory(layer, LinkOption.NOFOLLOW_LINKS);
    }

    private static Optional<Instant> begun(Entry entry) {
        try {
            return Optional.of(Instant.parse(entry.begun()));
        } catch (DateTimeParseException notATime) {
            return Optional.empty();
        }
    }

    /** See {@link SnapshotStore#commit}. */
    Snapshot commit(Origin origin, Snapshot parent, Path layer, Instant begun, WorkDirectory work) throws IOException {
        String id = UUID.randomUUID().toString().replace("-", "");
        Snapshot kept = commit(directory.resolve(id), origin, parent, layer, begun, work);
        RecordFile.replace(action(origin.digest()), new Action(id), work);
        return kept;
    }

    /** See {@link SnapshotStore#commitFailed}. */
    void commitFailed(Origin origin, Snapshot parent, Path layer, Instant begun, WorkDirectory work)
            throws IOException {
        Path place = failed.resolve(origin.key());
        moveAway(place, work);
        commit(place, origin, parent, layer, begun, work);
    }

    /** See {@link SnapshotStore#findFailed}. */
    Optional<Snapshot> findFailed(String prefix, WorkDirectory work) throws IOException, InterruptedException {
        List<Path> matching;
        try (Stream<Path> entries = Files.list(failed)) {
            matching = entries.filter(entry -> entry.getFileName().toString().startsWith(prefix))
                    .toList();
        }
        return matching.size() == 1 ? use(matching.getFirst(), work) : Optional.empty();
    }

    private Snapshot commit(Path place, Origin origin, Snapshot parent, Path layer, Instant begun, WorkDirectory work)
            throws IOException {
        boolean lowest = parent.layers().isEmpty();
        Path prepared = work.newDirectory("keep");
        Files.move(layer, prepared.resolve(LAYER), StandardCopyOption.ATOMIC_MOVE);
        RecordFile.write(
                prepared.resolve(RECORD), new Entry(lowest ? "" : parent.id(), boot, begun.toString(), origin.name()));
        RecordFile.write(prepared.resolve(ORIGIN), origin);
        work.hold(LockFile.tryShared(prepared.resolve(IN_USE))
                .orElseThrow(() -> new IOException("The new snapshot " + place + " is locked already.")));
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

    private static String id(Path place) {
        return place.getFileName().toString();
    }

    private Path place(String id) {
        if (ID.matcher(id).matches()) {
            return directory.resolve(id);
        }
        if (FAILED_ID.matcher(id).matches()) {
            return failed.resolve(id);
        }
        throw new IllegalArgumentException("Not the id of a snapshot: " + id);
    }

    /** See {@link SnapshotStore#remove}. */
    boolean remove(SnapshotStore.Entry entry, WorkDirectory work) throws IOException {
        Path place = place(entry.id());
        boolean everUsed = Files.exists(place.resolve(IN_USE));
        Optional<LockFile> held;
        try {
            held = LockFile.tryExclusive(place.resolve(IN_USE));
        } catch (NoSuchFileException absent) {
            return true;
        }
        if (held.isEmpty()) {
            return false;
        }
        Optional<Origin> origin;
        Optional<Path> removed;
        try (LockFile _ = held.get()) {
            if (everUsed && !used(place).equals(entry.used())) {
                return false;
            }
            origin = origin(entry.id());
            removed = moveAway(place, work);
        }
        if (origin.isPresent() && !entry.failed()) {
            forget(action(origin.get().digest()));
        }
        if (removed.isPresent()) {
            WorkDirectory.deleteTree(removed.get());
        }
        return true;
    }

    private static Optional<Path> moveAway(Path place, WorkDirectory work) throws IOException {
        Path removed = work.newDirectory("remove").resolve(LAYER);
        try {
            Files.move(place, removed, StandardCopyOption.ATOMIC_MOVE);
            return Optional.of(removed);
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    /** Deletes an action whose snapshot is gone. If a new one came this very moment, it is made once more later. */
    private void forget(Path action) throws IOException {
        Optional<Action> left = RecordFile.read(action, Action.class);
        if (left.isEmpty()
                || !ID.matcher(left.get().id()).matches()
                || !Files.exists(directory.resolve(left.get().id()))) {
            Files.deleteIfExists(action);
        }
    }

    /** See {@link SnapshotStore#sweep}. */
    void sweep() throws IOException {
        for (Path action : children(actions)) {
            forget(action);
        }
    }

    /** See {@link SnapshotStore#walk}. */
    void walk(Consumer<SnapshotStore.Entry> visitor) throws IOException {
        List<Path> places = children(directory);
        Set<String> current = new HashSet<>();
        for (Path action : children(actions)) {
            RecordFile.read(action, Action.class).map(Action::id).ifPresent(current::add);
        }
        for (Path place : places) {
            if (ID.matcher(id(place)).matches()) {
                visitor.accept(visited(place, false, current.contains(id(place))));
            }
        }
        for (Path place : children(failed)) {
            if (FAILED_ID.matcher(id(place)).matches()) {
                visitor.accept(visited(place, true, true));
            }
        }
    }

    private static List<Path> children(Path parent) throws IOException {
        try (Stream<Path> children = Files.list(parent)) {
            return children.toList();
        }
    }

    private SnapshotStore.Entry visited(Path place, boolean ofFailure, boolean current) throws IOException {
        Optional<Entry> entry = RecordFile.read(place.resolve(RECORD), Entry.class);
        return new SnapshotStore.Entry(
                id(place),
                entry.map(Entry::parent).filter(parent -> !parent.isEmpty()),
                entry.map(Entry::name).orElse(""),
                used(place),
                ofFailure,
                current,
                damage(place, entry));
    }

    private Optional<String> damage(Path place, Optional<Entry> entry) {
        if (entry.isEmpty() || begun(entry.get()).isEmpty()) {
            return Optional.of("its record " + place.resolve(RECORD) + " is damaged");
        }
        if (!entry.get().booted().equals(boot) && !Files.exists(place.resolve(SAFE))) {
            return Optional.of("it was not yet safe on disk when the machine went down");
        }
        if (!isLayer(place.resolve(LAYER))) {
            return Optional.of("its layer " + place.resolve(LAYER) + " is missing");
        }
        String parent = entry.get().parent();
        if (!parent.isEmpty() && !(ID.matcher(parent).matches() && Files.isDirectory(directory.resolve(parent)))) {
            return Optional.of("the snapshot that it lies on is missing");
        }
        return Optional.empty();
    }

    /** Snapshots that earlier versions made say no more than when they were made. */
    private static Instant used(Path place) throws IOException {
        for (Path told : List.of(place.resolve(IN_USE), place)) {
            try {
                return Files.getLastModifiedTime(told).toInstant();
            } catch (NoSuchFileException absent) {
                // The next one, then.
            }
        }
        return Instant.EPOCH;
    }

    /** See {@link SnapshotStore#origin}. */
    Optional<Origin> origin(String id) throws IOException {
        return RecordFile.read(place(id).resolve(ORIGIN), Origin.class);
    }

    /** See {@link SnapshotStore#usage}. A layer never changes, so its size is counted once. */
    long usage(String id) throws IOException {
        Path place = place(id);
        Optional<TreeSize> known = RecordFile.read(place.resolve(SIZE), TreeSize.class);
        if (known.isPresent()) {
            return known.get().bytes();
        }
        if (!isLayer(place.resolve(LAYER))) {
            return 0;
        }
        try {
            TreeSize size = TreeSize.of(place.resolve(LAYER));
            RecordFile.write(place.resolve(SIZE), size);
            return size.bytes();
        } catch (NoSuchFileException removedMeanwhile) {
            return 0;
        }
    }

    /** What the files hold is written down when it is first read: to read it at once would take as long as the step, or longer. */
    private static Optional<String> verifyContents(Path place, String sha256) throws IOException {
        Optional<Contents> known = RecordFile.read(place.resolve(CONTENTS), Contents.class);
        if (known.isEmpty()) {
            RecordFile.write(place.resolve(CONTENTS), new Contents(sha256));
            return Optional.empty();
        }
        return known.get().sha256().equals(sha256)
                ? Optional.empty()
                : Optional.of("a file in its layer " + place.resolve(LAYER)
                        + " holds something else than when it was first verified");
    }

    /** See {@link SnapshotStore#verify}. */
    Optional<String> verify(SnapshotStore.Entry entry) throws IOException {
        Path place = place(entry.id());
        if (entry.damage().isPresent()) {
            return entry.damage();
        }
        Optional<TreeSize> known = RecordFile.read(place.resolve(SIZE), TreeSize.class);
        try {
            TreeSize.Read found = TreeSize.read(place.resolve(LAYER));
            if (known.isPresent() && !known.get().equals(found.size())) {
                return Optional.of("its layer " + place.resolve(LAYER) + " was changed since it was first looked at");
            }
            return verifyContents(place, found.contents());
        } catch (NoSuchFileException removedMeanwhile) {
            return Optional.empty();
        } catch (IOException unreadable) {
            return Optional.of("its layer " + place.resolve(LAYER) + " can't be read: " + unreadable.getMessage());
        }
    }
}
