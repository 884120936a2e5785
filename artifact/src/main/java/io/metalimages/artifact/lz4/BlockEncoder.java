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
     * Gets a block that was encoded before out of the cache; {@link #encode} then makes its plain bytes of it, not the other
     * way round.
     *
     * @return whether it was there; if not, the block is as good as empty
     * @throws FaultException if the cache has the block but the system cannot read it
     * @throws ClosedByInterruptException if the thread was interrupted
     */
    boolean recall(KnownBlock known, Block block) throws ClosedByInterruptException {
        OptionalInt kept =
                cache.read(BlockKey.of(compressor.identity(), known.content().hex()), block.compressed);
        if (kept.isEmpty()) {
            return false;
        }
        block.length = known.length();
        block.compressedLength = kept.getAsInt();
        block.recalled = true;
        block.fromCache = true;
        block.identify(known.content().hex());
        return true;
    }

    /**
     * Encodes and seals the block.
     *
     * @throws FaultException if the cache has the block but the system cannot read it
     * @throws ClosedByInterruptException if the thread was interrupted
     */
    void encode(Block block) throws ClosedByInterruptException {
        if (block.recalled) {
            block.recalled = false;
            compressor.decompress(block);
        } else {
            encodeContent(block);
        }
        block.seal();
    }

    private void encodeContent(Block block) throws ClosedByInterruptException {
        MessageDigest digest = sha256.get();
        digest.update(block.content, 0, block.length);
        BlockKey key = BlockKey.of(compressor.identity(), digest.digest());
        block.identify(key.sha256());
        OptionalInt kept = cache.read(key, block.compressed);
        block.fromCache = kept.isPresent();
        if (kept.isPresent()) {
            block.compressedLength = kept.getAsInt();
        } else {
            compressor.compress(block);
            keep(key, block);
        }
    }

    /** Why blocks could not be kept any more, if they could not. They were compressed all the same. */
    public Optional<IOException> cacheTrouble() {
        return cacheTrouble;
    }

    private void keep(BlockKey key, Block block) {
        keep(() -> cache.write(key, block.compressed, block.compressedLength));
    }

    /** Keeps a table that says something of the blocks, see {@link BlockCache.Session#tables}. */
    public void keepTable(byte[] table) {
        keep(() -> cache.keepTable(compressor, table));
    }

    private interface Keeping {
        void keep() throws IOException;
    }

    private void keep(Keeping keeping) {
        if (cacheTrouble.isEmpty()) {
            try {
                keeping.keep();
            } catch (IOException e) {
                cacheTrouble = Optional.of(e);
            }
        }
    }
}
