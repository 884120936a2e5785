package io.metalimages.engine.snapshot;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

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
public interface SnapshotStore {

    /**
     * What an operation with this key made last, if that and everything below it is there and whole. A record that is damaged,
     * or was not yet safe on disk when the machine went down, counts as one that is not there. Changes nothing that another
     * process uses.
     */
    Optional<Snapshot> find(Digest key) throws IOException;

    /** How many snapshots may lie on each other, the lowest included. */
    int mostLayers();

    /**
     * A view of {@code parent} that can be written to, until it is closed; any number of them are independent of each other.
     * Nothing of it is left when {@code work} is closed, even by the next process.
     *
     * @param parent no layers for an empty file system
     * @throws FaultException if the parent has {@link #mostLayers()} already
     */
    Prepared prepare(Snapshot parent, WorkDirectory work) throws IOException, InterruptedException;

    /**
     * Keeps {@code changes} as what the operation with this key makes from now on. Atomic: the snapshot is found whole or not
     * at all. Who fails before the end leaves a snapshot that no key leads to, which is not found but {@link #walk}ed. An earlier
     * result of the same key stays until it is removed.
     *
     * @param parent what the changes were prepared on
     * @param changes the {@link Prepared#changes()} of a view that is closed, or with no layers in the parent any directory on
     *     the file system of the store; moved from where it is
     * @param begun when the work on the changes began
     * @param name what the user calls the operation, for someone who looks into the directory
     */
    Snapshot commit(Digest key, Snapshot parent, Path changes, Instant begun, String name, WorkDirectory work)
            throws IOException;

    /**
     * Keeps what a failed operation had made until then, in place of an earlier failure of the same operation. Half done, there
     * is neither.
     */
    void commitFailed(Digest key, Snapshot parent, Path changes, Instant begun, String name, WorkDirectory work)
            throws IOException;

    /** What a failed operation left, by the first digits of its key; empty unless they lead to exactly one. */
    Optional<Snapshot> findFailed(String prefix) throws IOException;

    /** A read-only view of {@code snapshot}, until it is closed. */
    View view(Snapshot snapshot, WorkDirectory work) throws IOException;

    /**
     * Takes a snapshot away, in one step: afterwards neither it nor what lies on it is found. What lies on it stays on disk until
     * it is removed itself. No snapshot of that name is no fault.
     *
     * @param id must not be in use: the caller knows that no other process works with it
     */
    void remove(String id, WorkDirectory work) throws IOException;

    /**
     * Visits every snapshot that is on disk, in no order: also those that no key leads to, and with an empty parent and name
     * those whose record is damaged. Snapshots that come or go meanwhile are visited or not.
     */
    void walk(Consumer<Entry> visitor) throws IOException;

    /** Bytes that the snapshot itself takes on disk, without what it lies on; 0 if there is none of that name. */
    long usage(String id) throws IOException;

    /** Waits until all snapshots are safe on disk, so that they survive a loss of power. */
    void synchronise() throws IOException;

    /**
     * A snapshot as it lies on disk.
     *
     * @param parent the id of the snapshot below; empty for the lowest
     * @param name what the user called the operation
     */
    record Entry(String id, Optional<String> parent, String name) {}

    /**
     * The file system at {@code root}, whose changes are in {@code changes} once this is closed.
     *
     * @param root where to write
     * @param changes what to commit
     */
    record Prepared(Path root, Path changes, Closing closing) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            closing.close();
        }
    }

    /** A snapshot's files at {@code root}. */
    record View(Path root, Closing closing) implements AutoCloseable {
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
    interface Closing {

        /** There is nothing to do. */
        Closing NOTHING = () -> {};

        void close() throws IOException;
    }
}
