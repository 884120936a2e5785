package io.metalimages.http;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long one exchange with a server may take.
 *
 * @param server how messages call the server
 * @param silence how long the server may neither take nor send a byte
 * @param whole how long all of it may take
 * @param start when it began, by {@link System#nanoTime}
 */
record TimeLimits(String server, Duration silence, Optional<Duration> whole, long start) {

    static TimeLimits startingNow(String server, Duration silence, Optional<Duration> whole) {
        return new TimeLimits(server, silence, whole, System.nanoTime());
    }

    /** How long to wait for the next byte. */
    Duration next() {
        return left().filter(left -> left.compareTo(silence) < 0).orElse(silence);
    }

    private Optional<Duration> left() {
        return whole.map(limit -> limit.minusNanos(System.nanoTime() - start))
                .map(left -> left.isNegative() ? Duration.ZERO : left);
    }

    /** Whether the whole has taken too long. */
    boolean isOver() {
        return left().filter(Duration::isZero).isPresent();
    }

    /** That the time is up. */
    SilenceException excess(@Nullable Throwable cause) {
        String excess = isOver()
                ? " did not answer within " + seconds(whole.orElseThrow())
                : " was silent for " + seconds(silence);
        return new SilenceException(server + excess, cause);
    }

    private static String seconds(Duration duration) {
        double seconds = duration.toMillis() / 1000.0;
        return (seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds)) + " s";
    }
}
