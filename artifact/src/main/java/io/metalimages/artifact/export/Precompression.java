package io.metalimages.artifact.export;

/**
 * What a run that only fills the block cache did.
 *
 * @param tarBytes size of the tar that was told and discarded
 * @param blocks number of blocks
 * @param blocksFromCache how many of them were in the cache before
 */
public record Precompression(long tarBytes, int blocks, int blocksFromCache) {}
