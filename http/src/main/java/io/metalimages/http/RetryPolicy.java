package io.metalimages.http;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to go on with a server that fails.
 *
 * @param attempts at least 1
 * @param firstPause before the second attempt; doubled for each further one
 * @param longestPause the most that is waited, even if the server asks for more
 * @param silence how long a server may neither take nor send a byte before the connection is given up
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration longestPause, Duration silence) {

    /** For a user who waits: some ten seconds of failures, and half a minute of silence. */
    public static final RetryPolicy USUAL =
            new RetryPolicy(4, Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofSeconds(30));

    private static final int MOST_DOUBLINGS = 16;

    public RetryPolicy {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts is at least 1");
        }
    }

    /**
     * How long to wait after an attempt.
     *
     * @param number of the attempt, the first being 1
     * @param retryAfter how long the server asks to wait; none at all counts as if it did not ask, so that the attempts are
     *     not used up at once
     */
    public Duration pause(int number, Optional<Duration> retryAfter) {
        Duration pause = retryAfter.filter(Duration::isPositive).orElseGet(() -> {
            Duration doubled = firstPause.multipliedBy(1L << Math.min(number - 1, MOST_DOUBLINGS));
            // Those who failed together should not come back together.
            double spread = 0.75 + ThreadLocalRandom.current().nextDouble() / 2;
            return Duration.ofNanos((long) (shorter(doubled, longestPause).toNanos() * spread));
        });
        return shorter(pause, longestPause);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
