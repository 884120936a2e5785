package io.metalimages.store.object;

import java.util.Optional;

/** The one loop for all that changes on the condition that nobody else has changed it meanwhile. */
public final class CompareAndSwap {

    /** How often others may be faster; each time one of them got on. */
    private static final int MOST_ATTEMPTS = 1000;

    private CompareAndSwap() {}

    /** One attempt, which looks at what there is now, and says so by a condition when it writes. */
    @FunctionalInterface
    public interface Attempt<T> {
        T perform() throws StoreException;
    }

    /** Performs {@code attempt} until nobody was faster. */
    public static <T> T repeat(Attempt<T> attempt) throws StoreException {
        for (int made = 1; ; made++) {
            try {
                return attempt.perform();
            } catch (StoreException.VersionChanged | StoreException.ObjectExists e) {
                if (made == MOST_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * Writes an object instead of the one that was seen, or where none was.
     *
     * @throws StoreException.VersionChanged if it has another version, or is gone
     * @throws StoreException.ObjectExists if none was seen, and there is one
     */
    public static ObjectVersion write(ObjectStore store, ObjectKey key, Optional<ObjectVersion> seen, Content content)
            throws StoreException {
        return seen.isPresent() ? store.replace(key, seen.get(), content) : store.writeIfAbsent(key, content);
    }

    /**
     * Makes an object have this content, whatever it has.
     *
     * @return whether it had another one, or there was none
     */
    public static boolean put(ObjectStore store, ObjectKey key, Content content) throws StoreException {
        return repeat(() -> {
            if (store.holds(key, content)) {
                return false;
            }
            write(store, key, store.find(key).map(ObjectSummary::version), content);
            return true;
        });
    }
}
