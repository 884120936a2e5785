package io.metalimages.artifact.lz4;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.xxhash.XXHash32;

/**
 * What surrounds the blocks: an LZ4 frame as lz4's own lz4_Frame_format.md describes it. Of the format's options it
 * takes those that metal-hammer's decoder reads: independent blocks of at most 4 MiB, no block checksums, no dictionary,
 * no content size (unknown before the end), and a checksum of the content, which lets {@code lz4 -t} prove the file.
 */
public final class Lz4Frame {

    /** Most plain bytes of one block. */
    public static final int LARGEST_BLOCK = 4 << 20;

    private static final int MAGIC = 0x184D2204;
    private static final int VERSION = 0b01 << 6;
    private static final int INDEPENDENT_BLOCKS = 1 << 5;
    private static final int CONTENT_CHECKSUM = 1 << 2;
    private static final int LARGEST_BLOCK_IS_4_MIB = 7 << 4;

    private Lz4Frame() {}

    /** The bytes before the first block. */
    public static byte[] header(XXHash32 hash) {
        byte[] descriptor = {(byte) (VERSION | INDEPENDENT_BLOCKS | CONTENT_CHECKSUM), (byte) LARGEST_BLOCK_IS_4_MIB};
        return ByteBuffer.allocate(7)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC)
                .put(descriptor)
                .put((byte) (hash.hash(descriptor, 0, descriptor.length, 0) >>> 8))
                .array();
    }

    /** The bytes after the last block: a block size of zero and the xxHash32 of the whole content. */
    public static byte[] end(int contentChecksum) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0)
                .putInt(contentChecksum)
                .array();
    }
}
