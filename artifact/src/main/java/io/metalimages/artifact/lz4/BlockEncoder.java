package io.metalimages.artifact.lz4;

import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalInt;

/** Brings blocks into their compressed form: from the cache, or by compressing and keeping them. Thread-safe. */
public final class BlockEncoder {

    private final Compressor compressor;
    private final BlockCache.Session cache;
    private final ThreadLocal<MessageDigest> sha256 = ThreadLocal.withInitial(Digests::sha256);
    private volatile Optional<IOException> cacheTrouble = Optional.empty();

    public BlockEncoder(Compressor compressor, BlockCache.Session cache) {
        this.compressor = compressor;
        this.cache = cache;
    }

    /** A block with enough memory to be encoded here. */
    Block newBlock() {
        return new Block(compressor.mostCompressed(Lz4Frame.LARGEST_BLOCK));
    }

    /**
     * Encodes and seals the block.
     *
     * @throws FaultException if the cache has the block but the system cannot read it
     * @throws ClosedByInterruptException if the thread was interrupted
     */
    void encode(Block block) throws ClosedByInterruptException {
        MessageDigest digest = sha256.get();
        digest.update(block.content, 0, block.length);
        BlockKey key = BlockKey.of(compressor.identity(), digest.digest());
        OptionalInt kept = cache.read(key, block.compressed);
        block.fromCache = kept.isPresent();
        if (kept.isPresent()) {
            block.compressedLength = kept.getAsInt();
        } else {
            compressor.compress(block);
            if (block.compressedLength >= block.length) {
                block.compressedLength = 0; // an empty file in the cache says that compressing doesn't pay
            }
            keep(key, block);
        }
        block.seal();
    }

    /** Why blocks could not be kept any more, if they could not. They were compressed all the same. */
    public Optional<IOException> cacheTrouble() {
        return cacheTrouble;
    }

    private void keep(BlockKey key, Block block) {
        if (cacheTrouble.isEmpty()) {
            try {
                cache.write(key, block.compressed, block.compressedLength);
            } catch (IOException e) {
                cacheTrouble = Optional.of(e);
            }
        }
    }
}
