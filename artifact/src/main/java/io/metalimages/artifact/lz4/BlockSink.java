package io.metalimages.artifact.lz4;

import java.io.IOException;

/** Where the {@link Chunker} gets memory for blocks and leaves full ones, in order. Used by one thread. */
interface BlockSink {

    /**
     * A block to fill. At most two are with the caller at a time. Waits until one is free.
     *
     * @throws IOException if what happens to earlier blocks failed
     */
    Block empty() throws IOException, InterruptedException;

    /**
     * Fills a block with what it became when it was encoded before.
     *
     * @return whether that could be found; if not, {@code block} is as good as empty
     * @throws IOException if the calling thread was interrupted
     */
    boolean recall(KnownBlock known, Block block) throws IOException;

    /**
     * Takes a filled block, which the caller must not touch any more.
     *
     * @throws IOException if what happens to this block or to earlier ones failed
     */
    void accept(Block full) throws IOException, InterruptedException;
}
