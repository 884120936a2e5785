package io.metalimages.artifact.export;

/**
 * Is told how far an export is. Called from one thread, after each block, a few hundred times a second at most; must
 * return quickly, and throttles itself if it shows something. An exception from it fails the export.
 */
@FunctionalInterface
public interface ExportProgress {

    /** Hears nothing. */
    ExportProgress SILENT = standing -> {};

    void report(Standing standing);

    /**
     * How far it is.
     *
     * @param bytesRead bytes of the tar whose blocks are written
     * @param bytesTotal size of the whole tar, known exactly before the first byte is read
     * @param bytesWritten bytes of {@code img.tar.lz4} written
     * @param blocks blocks written
     * @param blocksFromCache how many of them came from the block cache
     */
    record Standing(long bytesRead, long bytesTotal, long bytesWritten, int blocks, int blocksFromCache) {}
}
