package io.metalimages.store.object;

import java.util.function.IntConsumer;

/** Tells before and after each call to a store, by the number of the call, counted from 0. */
public final class ObservedStore extends DecoratedStore {

    /** As if the process ended here. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private final IntConsumer before;
    private final IntConsumer after;
    private int calls;

    public ObservedStore(ObjectStore store, IntConsumer before, IntConsumer after) {
        super(store);
        this.before = before;
        this.after = after;
    }

    /** One that is killed at a moment: with 0 before the first call, with 1 after it, with 2 before the second one. */
    public static ObservedStore killedAt(int moment, ObjectStore store) {
        return new ObservedStore(store, call -> kill(2 * call == moment), call -> kill(2 * call + 1 == moment));
    }

    private static void kill(boolean now) {
        if (now) {
            throw new Killed();
        }
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
    <T> T read(Work<T> work) throws StoreException {
        return observe(work);
    }

    @Override
    <T> T change(Work<T> work) throws StoreException {
        return observe(work);
    }
}
