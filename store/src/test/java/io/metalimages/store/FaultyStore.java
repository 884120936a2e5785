package io.metalimages.store;

import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Fails each write in turn: before it is done, after it is done, and then not at all. */
final class FaultyStore implements ObjectStore {

    private final ObjectStore store;
    private final AtomicInteger calls = new AtomicInteger();

    FaultyStore(ObjectStore store) {
        this.store = store;
    }

    @FunctionalInterface
    private interface Work<T> {
        T perform() throws StoreException;
    }

    private <T> T stumble(Work<T> work) throws StoreException {
        int call = calls.getAndIncrement();
        if (call % 3 == 0) {
            throw new StoreException.Unavailable("It was not done.", null);
        }
        T result = work.perform();
        if (call % 3 == 1) {
            throw new StoreException.Unavailable("It was done, but nobody heard of it.", null);
        }
        return result;
    }

    int calls() {
        return calls.get();
    }

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
        return store.list(directory);
    }

    @Override
    public Optional<ObjectSummary> find(ObjectKey key) throws StoreException {
        return store.find(key);
    }

    @Override
    public ObjectReader read(ObjectKey key, ByteRange range) throws StoreException {
        return store.read(key, range);
    }

    @Override
    public boolean holds(ObjectKey key, Content content) throws StoreException {
        return store.holds(key, content);
    }

    @Override
    public ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException {
        return stumble(() -> store.writeIfAbsent(key, content));
    }

    @Override
    public ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException {
        return stumble(() -> store.replace(key, expected, content));
    }

    @Override
    public void copy(ObjectKey source, ObjectKey target) throws StoreException {
        stumble(() -> {
            store.copy(source, target);
            return target;
        });
    }

    @Override
    public boolean project(ObjectKey directory, SequencedMap<String, ObjectKey> sources) throws StoreException {
        return stumble(() -> store.project(directory, sources));
    }

    @Override
    public void delete(ObjectKey key) throws StoreException {
        stumble(() -> {
            store.delete(key);
            return key;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
