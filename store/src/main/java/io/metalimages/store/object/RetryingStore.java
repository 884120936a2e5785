package io.metalimages.store.object;

import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.engine.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Tries again, after a pause that grows, what another store was not able to do at the moment. An attempt that came farther
 * than all before it counts as the first.
 *
 * <p>What seemed to fail may have been done. So if it turns out that an object is there, or has another version, and its
 * content is what was to be written, then it was written: by this store, or by somebody who wanted the same.
 *
 * <p>A listing or a reading is tried again up to its beginning only; what fails later comes to the caller. {@link
 * #readWhole} is for what is small.
 */
public final class RetryingStore implements ObjectStore {

    /** The pause after the first of several attempts. */
    public static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    private static final int ATTEMPTS = 6;

    private final ObjectStore store;
    private final Duration firstPause;
    private final Consumer<String> notes;

    /**
     * @param firstPause the pause after the first failure; the others are twice as long as the one before, each up to half
     *     longer by chance
     * @param notes is told of each failure that is not the last
     */
    public RetryingStore(ObjectStore store, Duration firstPause, Consumer<String> notes) {
        this.store = store;
        this.firstPause = firstPause;
        this.notes = notes;
    }

    /** One that tells of each failure that is not the last, and begins with a pause of half a second. */
    public static RetryingStore reporting(ObjectStore store, Progress progress) {
        return reporting(store, FIRST_PAUSE, progress);
    }

    /** One that tells of each failure that is not the last. */
    public static RetryingStore reporting(ObjectStore store, Duration firstPause, Progress progress) {
        return new RetryingStore(store, firstPause, note -> progress.report(new Progress.Event.Note(note)));
    }

    @FunctionalInterface
    private interface Work<T> {
        /** @param uncertain whether it may have been done by an attempt that failed */
        T perform(boolean uncertain) throws StoreException;
    }

    private <T> T attempt(Work<T> work) throws StoreException {
        Duration pause = firstPause;
        boolean uncertain = false;
        for (int attempt = 1; ; attempt++) {
            try {
                return work.perform(uncertain);
            } catch (StoreException.Unavailable | StoreException.ContentDamaged e) {
                uncertain = true;
                if (e instanceof StoreException.Unavailable broken && broken.hasProgressed()) {
                    attempt = 1;
                    pause = firstPause;
                }
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                notes.accept(e.getMessage() + " Trying again (" + (attempt + 1) + " of " + ATTEMPTS + ").");
            }
            sleep(pause);
            pause = pause.multipliedBy(2);
        }
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause.plusNanos(ThreadLocalRandom.current().nextLong(pause.toNanos() / 2 + 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(FaultException.Category.INTERRUPTED, "It was interrupted.", null, e);
        }
    }

    @Override
    public String address() {
        return store.address();
    }

    @Override
    public Capabilities capabilities() throws StoreException {
        return attempt(uncertain -> store.capabilities());
    }

    @Override
    public Stream<ObjectSummary> list(String directory) throws StoreException {
        return attempt(uncertain -> store.list(directory));
    }

    @Override
    public List<String> directories(String directory) throws StoreException {
        return attempt(uncertain -> store.directories(directory));
    }

    @Override
    public Optional<ObjectSummary> find(ObjectKey key) throws StoreException {
        return attempt(uncertain -> store.find(key));
    }

    @Override
    public ObjectReader read(ObjectKey key, ByteRange range) throws StoreException {
        return attempt(uncertain -> store.read(key, range));
    }

    /** A content that was read to its end. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Whole(byte[] bytes, ObjectVersion version) {}

    /**
     * Reads an object that fits into memory.
     *
     * @throws StoreException.NoSuchObject if there is none
     */
    public Whole readWhole(ObjectKey key) throws StoreException {
        return attempt(uncertain -> {
            try (ObjectReader reader = store.read(key, ByteRange.ALL)) {
                return new Whole(reader.content().readAllBytes(), reader.version());
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                throw new StoreException.Unavailable(
                        "Reading " + key + " from " + address() + " failed: " + InputOutputReason.of(e) + ".", e);
            }
        });
    }

    /**
     * Reads an object into a file, in place of what that has.
     *
     * @throws StoreException.NoSuchObject if there is none
     * @throws FaultException if the file cannot be written
     */
    public void readTo(ObjectKey key, Path file) throws StoreException {
        attempt(uncertain -> {
            try (ObjectReader reader = store.read(key, ByteRange.ALL);
                    OutputStream output = Files.newOutputStream(file)) {
                reader.content().transferTo(output);
                return file;
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                throw FaultException.failed("Writing " + file + " failed: " + InputOutputReason.of(e) + ".", e);
            }
        });
    }

    @Override
    public boolean holds(ObjectKey key, Content content) throws StoreException {
        return attempt(uncertain -> store.holds(key, content));
    }

    @Override
    public boolean holds(ObjectKey key, Fingerprint fingerprint) throws StoreException {
        return attempt(uncertain -> store.holds(key, fingerprint));
    }

    @Override
    public ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException {
        return attempt(uncertain -> {
            try {
                return store.writeIfAbsent(key, content);
            } catch (StoreException.ObjectExists e) {
                return writtenAfterAll(key, content, uncertain).orElseThrow(() -> e);
            }
        });
    }

    @Override
    public ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException {
        return attempt(uncertain -> {
            try {
                return store.replace(key, expected, content);
            } catch (StoreException.VersionChanged e) {
                return writtenAfterAll(key, content, uncertain).orElseThrow(() -> e);
            }
        });
    }

    private Optional<ObjectVersion> writtenAfterAll(ObjectKey key, Content content, boolean uncertain)
            throws StoreException {
        if (!uncertain) {
            return Optional.empty();
        }
        Optional<ObjectSummary> found = store.find(key);
        return store.holds(key, content) ? found.map(ObjectSummary::version) : Optional.empty();
    }

    @Override
    public void copy(ObjectKey source, ObjectKey target) throws StoreException {
        attempt(uncertain -> {
            store.copy(source, target);
            return target;
        });
    }

    @Override
    public boolean project(ObjectKey directory, SequencedMap<String, ObjectKey> sources) throws StoreException {
        return attempt(uncertain -> store.project(directory, sources) || uncertain);
    }

    @Override
    public void delete(ObjectKey key) throws StoreException {
        attempt(uncertain -> {
            store.delete(key);
            return key;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
