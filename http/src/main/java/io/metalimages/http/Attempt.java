package io.metalimages.http;

/**
 * What is done again and again until it succeeds, or fails for good.
 *
 * @param <T> the result
 * @param <E> what else may be thrown; ends it
 */
@FunctionalInterface
public interface Attempt<T, E extends Exception> {

    /**
     * Does it once.
     *
     * @param number the first attempt is 1; the work may have been done by one that failed
     * @throws TransientException if another attempt may succeed
     */
    T perform(int number) throws TransientException, InterruptedException, E;
}
