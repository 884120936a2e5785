package io.metalimages.engine.exec;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * What a step may use up at the most.
 *
 * @param time from its start to its end
 * @param processes at once, threads included
 * @param memory in bytes; empty: as much as there is
 * @param log in bytes; output beyond it is dropped
 */
public record StepLimits(Duration time, long processes, OptionalLong memory, long log) {

    /** Far more than a step of sound mind needs. */
    public static final StepLimits USUAL =
            new StepLimits(Duration.ofHours(6), 4096, OptionalLong.empty(), 256L * 1024 * 1024);
}
