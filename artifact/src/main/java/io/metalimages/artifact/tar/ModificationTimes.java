package io.metalimages.artifact.tar;

import java.time.Instant;

/**
 * Which modification time a file gets in the tar: its own if it came with a package or a base, and the epoch if the build
 * made it, so that neither the moment of the build nor what was still in a cache leaves a trace.
 *
 * @param epoch {@code SOURCE_DATE_EPOCH}, in whole seconds from 1970 to the year 2242 (what a tar header holds); no time is
 *     later
 * @param builtSince a file that is as young as this was made by the build
 */
public record ModificationTimes(Instant epoch, Instant builtSince) {

    public ModificationTimes {
        if (epoch.getEpochSecond() < 0 || epoch.getEpochSecond() > TarHeader.LATEST_TIME) {
            throw new IllegalArgumentException("a tar header cannot hold the time " + epoch);
        }
    }

    /** Times as they are, but for those later than {@code epoch}. */
    public static ModificationTimes notAfter(Instant epoch) {
        return new ModificationTimes(epoch, epoch);
    }

    /** The time for the tar of a file last modified at {@code seconds} since 1970. */
    long inTar(long seconds) {
        return seconds >= builtSince.getEpochSecond()
                ? epoch.getEpochSecond()
                : Math.clamp(seconds, 0, epoch.getEpochSecond());
    }
}
