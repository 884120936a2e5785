package io.metalimages.registry;

import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Counts what fails, waits longer each time, and gives up at last. Belongs to one thread. */
final class Patience {

    private final RegistryOptions options;
    private final String tried;
    private Duration pause;
    private int failures;

    /** @param tried what is tried, as the beginning of a sentence */
    Patience(RegistryOptions options, String tried) {
        this.options = options;
        this.tried = tried;
        this.pause = options.firstPause();
    }

    /** Part of the work is done for good: what fails from now on is counted anew. */
    void restore() {
        failures = 0;
        pause = options.firstPause();
    }

    /**
     * Waits before the next attempt.
     *
     * @throws FaultException if there have been enough
     */
    void await(TransientException failure) throws InterruptedException {
        failures++;
        if (failures >= options.attempts()) {
            throw new FaultException(
                    Category.REMOTE_FAULT,
                    tried + " failed" + (failures == 1 ? "" : " " + failures + " times") + ": " + failure.getMessage()
                            + ".",
                    "Try again later.",
                    failure);
        }
        // Those who failed together should not come back together.
        double spread = 0.75 + ThreadLocalRandom.current().nextDouble() / 2;
        Duration own = Duration.ofNanos((long) (pause.toNanos() * spread));
        Thread.sleep(shorter(failure.asked().orElse(own), options.longestPause()));
        pause = shorter(pause.multipliedBy(2), options.longestPause());
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
