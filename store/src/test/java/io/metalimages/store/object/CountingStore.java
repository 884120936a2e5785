package io.metalimages.store.object;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts what a store is asked. */
public final class CountingStore extends DecoratedStore {

    private final AtomicInteger calls = new AtomicInteger();

    public CountingStore(ObjectStore store) {
        super(store);
    }

    @Override
    <T> T read(Work<T> work) throws StoreException {
        calls.incrementAndGet();
        return work.perform();
    }

    @Override
    <T> T change(Work<T> work) throws StoreException {
        calls.incrementAndGet();
        return work.perform();
    }

    public int calls() {
        return calls.get();
    }
}
