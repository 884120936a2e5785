package io.metalimages.registry.image;

import java.time.Duration;
import java.util.List;

/**
 * How to tell whether a container is well. Zero means the engine's default.
 *
 * @param test {@code CMD} and a program with its arguments, {@code CMD-SHELL} and a command line, or {@code NONE}
 * @param retries how many failures in a row make a container unhealthy
 */
public record HealthCheck(
        List<String> test,
        Duration interval,
        Duration timeout,
        Duration startPeriod,
        Duration startInterval,
        int retries) {

    public HealthCheck {
        test = List.copyOf(test);
    }
}
