package io.metalimages.http;

import java.time.Duration;

/**
 * How long to go on with a server that fails.
 *
 * @param attempts at least 1; counted anew whenever bytes have come
 * @param firstPause before the second attempt; doubled for each further one
 * @param silence how long a server may send nothing before the connection is given up
 */
public record RetryPolicy(int attempts, Duration firstPause, Duration silence) {

    /** For a user who waits: some ten seconds of failures, and half a minute of silence. */
    public static final RetryPolicy USUAL = new RetryPolicy(4, Duration.ofMillis(500), Duration.ofSeconds(30));

    Duration pause(int attempt) {
        return firstPause.multipliedBy(1L << Math.min(attempt - 1, 16));
    }
}
