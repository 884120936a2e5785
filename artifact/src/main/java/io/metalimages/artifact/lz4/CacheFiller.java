package io.metalimages.artifact.lz4;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Encodes blocks on the calling thread, for what stays in the block cache, and drops them. */
public final class CacheFiller implements BlockSink {

    private final BlockEncoder encoder;
    private final Deque<Block> free = new ArrayDeque<>();
    private int blocks;
    private int blocksFromCache;

    public CacheFiller(BlockEncoder encoder) {
        this.encoder = encoder;
        free.add(encoder.newBlock());
        free.add(encoder.newBlock());
    }

    public int blocks() {
        return blocks;
    }

    public int blocksFromCache() {
        return blocksFromCache;
    }

    @Override
    public Block empty() {
        return free.remove();
    }

    @Override
    public boolean recall(KnownBlock known, Block block) throws IOException {
        return encoder.recall(known, block);
    }

    @Override
    public void accept(Block full) throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        encoder.encode(full);
        if (encoder.cacheTrouble().isPresent()) {
            throw encoder.cacheTrouble().get();
        }
        blocks++;
        blocksFromCache += full.fromCache ? 1 : 0;
        free.add(full);
    }
}
