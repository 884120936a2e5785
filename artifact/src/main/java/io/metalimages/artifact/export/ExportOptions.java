package io.metalimages.artifact.export;

import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.ModificationTimes;

/**
 * How to make an artifact. The same tree with the same times gives the same bytes, whatever the other two are.
 *
 * @param times which modification times files get
 * @param blockCache where blocks that were compressed before are found
 * @param threads how many blocks are compressed at once, at least 1. Each costs about 17 MiB of memory
 */
public record ExportOptions(ModificationTimes times, BlockCache blockCache, int threads) {

    public ExportOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, not " + threads);
        }
    }

    /** Compresses on all cores. */
    public ExportOptions(ModificationTimes times, BlockCache blockCache) {
        this(times, blockCache, Runtime.getRuntime().availableProcessors());
    }
}
