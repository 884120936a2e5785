package io.metalimages.store;

import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/** Tells before and after each call to a store, by the number of the call, counted from 0. */
final class ObservedStore implements ObjectStore {

    /** As if the process ended here. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private final ObjectStore store;
    private final IntConsumer before;
    private final IntConsumer after;
    private int calls;

    ObservedStore(ObjectStore store, IntConsumer before, IntConsumer after) {
        this.store = store;
        this.before = before;
        this.after = after;
    }

    /** One that is killed at a moment: with 0 before the first call, with 1 after it, with 2 before the second one. */
    static ObservedStore killedAt(int moment, ObjectStore store) {
        return new ObservedStore(store, call -> kill(2 * call == moment), call -> kill(2 * call + 1 == moment));
    }

    private static void kill(boolean now) {
        if (now) {
            throw new Killed();
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T perform() throws StoreException;
    }

    private <T> T observe(Work<T> work) throws StoreException {
        int call = calls++;
        before.accept(call);
        try {
            return work.perform();
        } finally {
            after.accept(call);
        }
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
        return observe(() -> store.list(directory));
    }

    @Override
    public Optional<ObjectSummary> find(ObjectKey key) throws StoreException {
        return observe(() -> store.find(key));
    }

    @Override
    public ObjectReader read(ObjectKey key, ByteRange range) throws StoreException {
        return observe(() -> store.read(key, range));
    }

    @Override
    public boolean holds(ObjectKey key, Content content) throws StoreException {
        return observe(() -> store.holds(key, content));
    }

    @Override
    public boolean holds(ObjectKey key, Fingerprint fingerprint) throws StoreException {
        return observe(() -> store.holds(key, fingerprint));
    }

    @Override
    public ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException {
        return observe(() -> store.writeIfAbsent(key, content));
    }

    @Override
    public ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException {
        return observe(() -> store.replace(key, expected, content));
    }

    @Override
    public void copy(ObjectKey source, ObjectKey target) throws StoreException {
        observe(() -> {
            store.copy(source, target);
            return target;
        });
    }

    @Override
    public boolean project(ObjectKey directory, SequencedMap<String, ObjectKey> sources) throws StoreException {
        return observe(() -> store.project(directory, sources));
    }

    @Override
    public void delete(ObjectKey key) throws StoreException {
        observe(() -> {
            store.delete(key);
            return key;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
