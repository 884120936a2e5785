package io.metalimages.artifact.lz4;

import io.metalimages.artifact.export.TarballWriter;
import io.metalimages.common.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One block of the frame with the memory that it needs on its way through: filled with plain bytes by the
 * {@link Chunker}, compressed by a {@link BlockEncoder}, written by a {@link TarballWriter}, then used again. Belongs to
 * one thread at a time.
 */
public final class Block {

    /**
     * Bytes in {@link #compressed} before the compressed data. On disk in the cache they hold a checksum; in the frame
     * the last four of them hold the block's size. Either way it is one write from one array.
     */
    static final int PREFIX = 8;

    private static final int SIZE_WORD = 4;

    /** The highest bit of the size word says that the data is not compressed. */
    private static final int STORED = 0x8000_0000;

    /** The plain bytes: the first {@link #length} ones count. */
    public final byte[] content = new byte[Lz4Frame.LARGEST_BLOCK];

    public int length;

    /** {@link #PREFIX} bytes, then {@link #compressedLength} of data: the content as it is if both are equally long. */
    final byte[] compressed;

    int compressedLength;

    public boolean fromCache;

    /** Whether {@link #compressed} came first, and {@link #content} is still to be made of it. */
    boolean recalled;

    private String sha256 = "";

    /** A block whose compressed form never needs more than {@code mostCompressed} bytes. */
    public Block(int mostCompressed) {
        this.compressed = new byte[PREFIX + Math.max(mostCompressed, Lz4Frame.LARGEST_BLOCK)];
    }

    /** What the block was, once it is encoded. */
    public KnownBlock known() {
        return new KnownBlock(new Digest(sha256), length);
    }

    void identify(String plainSha256) {
        sha256 = plainSha256;
    }

    /** Sets the size word for the data in {@link #compressed}. */
    public void seal() {
        ByteBuffer.wrap(compressed)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(PREFIX - SIZE_WORD, compressedLength == length ? compressedLength | STORED : compressedLength);
    }

    /** The sealed block as it stands in the frame: size word and data. */
    public ByteBuffer frameBytes() {
        return ByteBuffer.wrap(compressed, PREFIX - SIZE_WORD, SIZE_WORD + compressedLength);
    }
}
