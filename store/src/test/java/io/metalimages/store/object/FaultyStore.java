package io.metalimages.store.object;

import java.util.concurrent.atomic.AtomicInteger;

/** Fails each write in turn: before it is done, after it is done, and then not at all. */
public final class FaultyStore extends DecoratedStore {

    private final AtomicInteger calls = new AtomicInteger();

    public FaultyStore(ObjectStore store) {
        super(store);
    }

    @Override
    <T> T read(Work<T> work) throws StoreException {
        return work.perform();
    }

    @Override
    <T> T change(Work<T> work) throws StoreException {
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

    public int calls() {
        return calls.get();
    }
}
