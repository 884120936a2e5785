package io.metalimages.store.object;

import java.util.Optional;

/**
 * A small object that several change at once, each what he means to: whatever one wrote, the others see before they write.
 * Thread-safe.
 *
 * @param <T> immutable, compared by {@code equals}
 */
public final class AtomicObject<T> {

    private final RetryingStore store;
    private final ObjectKey key;
    private final Format<T> format;

    public AtomicObject(RetryingStore store, ObjectKey key, Format<T> format) {
        this.store = store;
        this.key = key;
        this.format = format;
    }

    /** How a value is kept. */
    public interface Format<T> {

        /** What it means that there is no object. */
        T absent();

        /**
         * Reads what {@link #content} made.
         *
         * @param origin how messages call the object
         */
        T parse(byte[] bytes, String origin);

        Content content(T value);
    }

    /** What becomes of a value. */
    @FunctionalInterface
    public interface Change<T> {
        T apply(T value) throws StoreException;
    }

    /** A value as it was read; without a version if there was no object. */
    public record Versioned<T>(T value, Optional<ObjectVersion> version) {}

    public Versioned<T> read() throws StoreException {
        try {
            RetryingStore.Whole whole = store.readWhole(key);
            return new Versioned<>(
                    format.parse(whole.bytes(), key + " in " + store.address()), Optional.of(whole.version()));
        } catch (StoreException.NoSuchObject e) {
            return new Versioned<>(format.absent(), Optional.empty());
        }
    }

    public T get() throws StoreException {
        return read().value();
    }

    /**
     * Changes the value. Writes nothing if {@code change} returns an equal one.
     *
     * @param change is asked again with a newer value each time that somebody else was faster
     * @return what the value is now
     */
    public T update(Change<T> change) throws StoreException {
        return CompareAndSwap.repeat(() -> {
            Versioned<T> read = read();
            T changed = change.apply(read.value());
            if (!changed.equals(read.value())) {
                CompareAndSwap.write(store, key, read.version(), format.content(changed));
            }
            return changed;
        });
    }
}
