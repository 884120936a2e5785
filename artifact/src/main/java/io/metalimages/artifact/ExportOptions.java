package io.metalimages.artifact;

import java.time.Instant;

/**
 * How to make an artifact. The same tree with the same epoch gives the same bytes, whatever the other two are.
 *
 * @param epoch the latest modification time in the tar, {@code SOURCE_DATE_EPOCH}; later times become this one, so that
 *     the moment of the build leaves no trace. Whole seconds, from 1970 to the year 2242 (what a tar header holds)
 * @param blockCache where blocks that were compressed before are found
 * @param threads how many blocks are compressed at once, at least 1. Each costs about 17 MiB of memory
 */
public record ExportOptions(Instant epoch, BlockCache blockCache, int threads) {

    public ExportOptions {
        if (epoch.getEpochSecond() < 0 || epoch.getEpochSecond() > TarHeader.LATEST_TIME) {
            throw new IllegalArgumentException("a tar header cannot hold the time " + epoch);
        }
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, not " + threads);
        }
    }

    /** Compresses on all cores. */
    public ExportOptions(Instant epoch, BlockCache blockCache) {
        this(epoch, blockCache, Runtime.getRuntime().availableProcessors());
    }
}
