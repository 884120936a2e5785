package io.metalimages.engine.snapshot;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.OverlayFormat;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The results of operations, and by an operation's key which of them is its newest. Thread-safe, and safe for use by several
 * processes at once.
 *
 * <p>The life of a snapshot: {@link #prepare} gives a writable view of its parent, {@link #commit} makes a snapshot of what
 * that became, {@link #find} finds it by its key, {@link #view} shows it read-only, and {@link #remove} takes it away. A
 * snapshot appears in one step when it is whole, and never changes afterwards.
 *
 * <p>Example: preparing on the snapshot of a base, writing {@code /etc/hello} and committing gives a snapshot in which
 * {@code /etc/hello} lies beside the base's files, while a view of the base is as it was. Counter-example: what is written
 * to a prepared view that is never committed is in no snapshot; it goes away with the working directory.
 */
public abstract sealed class SnapshotStore permits OverlaySnapshotStore, PlainSnapshotStore {

    private final SnapshotRecords records;

    /**
     * The store of a state directory: layers of overlayfs, or whole directories where that can't be mounted. Neither can show
     * what the other keeps, so this is decided anew only where there are no snapshots.
     *
     * @param notes is told if they are whole directories
     */
    public static SnapshotStore open(StateDirectory state, WorkDirectory work, Consumer<String> notes)
            throws IOException {
        Path wholeDirectories = state.root().resolve("whole-snapshots");
        if (isEmpty(state.snapshots())) {
            if (OverlaySnapshotStore.isMountable(work)) {
                Files.deleteIfExists(wholeDirectories);
            } else if (!Files.exists(wholeDirectories)) {
                Files.writeString(wholeDirectories, "");
            }
        }
        if (!Files.exists(wholeDirectories)) {
            return new OverlaySnapshotStore(state);
        }
        notes.accept("The file system of " + state.root() + " takes no overlayfs, so what each step makes is kept as a"
                + " whole copy, which takes time and space. METAL_IMAGES_STATE names another directory.");
        return new PlainSnapshotStore(state);
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    SnapshotStore(StateDirectory state) throws IOException {
        this.records = new SnapshotRecords(state);
    }

    /**
     * What an operation with this key made last, if that and everything below it is there and whole. A record that is damaged,
     * or was not yet safe on disk when the machine went down, counts as one that is not there. Changes nothing that another
     * process uses. What is found is in use, with everything below it, until {@code work} is closed.
     */
    public final Optional<Snapshot> find(Digest key, WorkDirectory work) throws IOException, InterruptedException {
        return records.find(key, work).map(this::shown);
    }

    /** The snapshot as {@link #prepare} and {@link #view} take it. */
    abstract Snapshot shown(Snapshot stacked);

    /** How many snapshots may lie on each other, the lowest included. */
    public abstract int mostLayers();

    /**
     * A view of {@code parent} that can be written to, until it is closed; any number of them are independent of each other.
     * Nothing of it is left when {@code work} is closed, even by the next process.
     *
     * @param parent no layers for an empty file system
     * @throws FaultException if the parent has {@link #mostLayers()} already
     */
    public abstract Prepared prepare(Snapshot parent, WorkDirectory work) throws IOException, InterruptedException;

    /**
     * Keeps {@code changes} as what the operation with the key of {@code origin} makes from now on. Atomic: the snapshot is found
     * whole or not at all. Who fails before the end leaves a snapshot that no key leads to, which is not found but
     * {@link #walk}ed. An earlier result of the same key stays until it is removed. The new one is in use until {@code work} is
     * closed.
     *
     * @param parent what the changes were prepared on
     * @param changes the {@link Prepared#changes()} of a view that is closed, or with no layers in the parent any directory on
     *     the file system of the store; moved from where it is
     * @param begun when the work on the changes began
     */
    public final Snapshot commit(Origin origin, Snapshot parent, Path changes, Instant begun, WorkDirectory work)
            throws IOException {
        return shown(records.commit(origin, parent, changes, begun, work));
    }

    /** How a directory for {@link #commitLayer} says what it deletes. */
    public abstract OverlayFormat layerFormat();

    /**
     * Like {@link #commit}, but of a directory that was made without a view of the parent.
     *
     * @param layer on the file system of the store, in the form of {@link #layerFormat}; moved from where it is
     */
    public abstract Snapshot commitLayer(Origin origin, Snapshot parent, Path layer, Instant begun, WorkDirectory work)
            throws IOException, InterruptedException;

    /**
     * Keeps what a failed operation had made until then, in place of an earlier failure of the same operation. Half done, there
     * is neither.
     */
    public final void commitFailed(Origin origin, Snapshot parent, Path changes, Instant begun, WorkDirectory work)
            throws IOException {
        records.commitFailed(origin, parent, changes, begun, work);
    }

    /**
     * What a failed operation left, by the first digits of its key; empty unless they lead to exactly one. In use until
     * {@code work} is closed.
     */
    public final Optional<Snapshot> findFailed(String prefix, WorkDirectory work)
            throws IOException, InterruptedException {
        return records.findFailed(prefix, work).map(this::shown);
    }

    /** A read-only view of {@code snapshot}, until it is closed. */
    public abstract View view(Snapshot snapshot, WorkDirectory work) throws IOException;

    /**
     * Takes a snapshot away, in one step, unless it is in use, or was used since it was visited: afterwards neither it nor what
     * lies on it is found. What lies on it stays on disk until it is removed itself; so who removes what lies on it first takes
     * nothing away that a process uses, as that which it found keeps everything below.
     *
     * @return whether it is gone
     */
    public final boolean remove(Entry entry, WorkDirectory work) throws IOException {
        return records.remove(entry, work);
    }

    /** Deletes the keys that lead to no snapshot. */
    public final void sweep() throws IOException {
        records.sweep();
    }

    /**
     * Visits every snapshot that is on disk, in no order: also those that no key leads to, that a failed operation left, and
     * that are damaged. Snapshots that come or go meanwhile are visited or not.
     */
    public final void walk(Consumer<Entry> visitor) throws IOException {
        records.walk(visitor);
    }

    /** Which operation made a snapshot; empty if that is not known. */
    public final Optional<Origin> origin(String id) throws IOException {
        return records.origin(id);
    }

    /** Bytes of the files that the snapshot itself holds, without what it lies on; 0 if there is none of that name. */
    public final long usage(String id) throws IOException {
        return records.usage(id);
    }

    /** Reads the snapshot from disk; says what is wrong with it, or nothing. */
    public final Optional<String> verify(Entry entry) throws IOException {
        return records.verify(entry);
    }

    /** Waits until all snapshots are safe on disk, so that they survive a loss of power. */
    public final void synchronise() throws IOException {
        records.synchronise();
    }

    /**
     * A snapshot as it lies on disk.
     *
     * @param parent the id of the snapshot below; empty for the lowest, and for one whose record is damaged
     * @param name what the user called the operation; empty if the record is damaged
     * @param used when somebody last began to use it
     * @param failed whether it is what a failed operation left
     * @param current whether its operation's key leads to it; otherwise there is a newer result
     * @param damage why it is never found; empty as a rule
     */
    public record Entry(
            String id,
            Optional<String> parent,
            String name,
            Instant used,
            boolean failed,
            boolean current,
            Optional<String> damage) {}

    /**
     * The file system at {@code root}, whose changes are in {@code changes} once this is closed.
     *
     * @param root where to write
     * @param changes what to commit
     */
    public record Prepared(Path root, Path changes, Closing closing) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            closing.close();
        }
    }

    /** A snapshot's files at {@code root}. */
    public record View(Path root, Closing closing) implements AutoCloseable {
        @Override
        public void close() {
            try {
                closing.close();
            } catch (IOException e) {
                throw new UncheckedIOException("The view of a snapshot could not be closed.", e);
            }
        }
    }

    /** The end of a view. */
    @FunctionalInterface
    public interface Closing {

        /** There is nothing to do. */
        Closing NOTHING = () -> {};

        void close() throws IOException;
    }
}
