package io.metalimages.store.object;

import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** A store before which something else comes. */
abstract class DecoratedStore implements ObjectStore {

    private final ObjectStore store;

    DecoratedStore(ObjectStore store) {
        this.store = store;
    }

    /** What the store is asked to do. */
    @FunctionalInterface
    interface Work<T> {
        T perform() throws StoreException;
    }

    /** Does what changes nothing, or fails. */
    abstract <T> T read(Work<T> work) throws StoreException;

    /** Does what changes something, or fails. */
    abstract <T> T change(Work<T> work) throws StoreException;

    @Override
    public String address() {
        return store.address();
    }

    @Override
    public Capabilities capabilities() throws StoreException {
        return store.capabilities();
    }

    @Override
    public Stream<ObjectSummary> list(String directory) throws StoreException {
        return read(() -> store.list(directory));
    }

    @Override
    public List<String> directories(String directory) throws StoreException {
        return read(() -> store.directories(directory));
    }

    @Override
    public Optional<ObjectSummary> find(ObjectKey key) throws StoreException {
        return read(() -> store.find(key));
    }

    @Override
    public ObjectReader read(ObjectKey key, ByteRange range) throws StoreException {
        return read(() -> store.read(key, range));
    }

    @Override
    public boolean holds(ObjectKey key, Content content) throws StoreException {
        return read(() -> store.holds(key, content));
    }

    @Override
    public boolean holds(ObjectKey key, Fingerprint fingerprint) throws StoreException {
        return read(() -> store.holds(key, fingerprint));
    }

    @Override
    public ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException {
        return change(() -> store.writeIfAbsent(key, content));
    }

    @Override
    public ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException {
        return change(() -> store.replace(key, expected, content));
    }

    @Override
    public void copy(ObjectKey source, ObjectKey target) throws StoreException {
        change(() -> {
            store.copy(source, target);
            return target;
        });
    }

    @Override
    public boolean project(ObjectKey directory, SequencedMap<String, ObjectKey> sources) throws StoreException {
        return change(() -> store.project(directory, sources));
    }

    @Override
    public void delete(ObjectKey key) throws StoreException {
        change(() -> {
            store.delete(key);
            return key;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
