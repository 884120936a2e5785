package io.metalimages.artifact.lz4;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;

/**
 * LZ4 at level {@value #LEVEL} and xxHash, as the C library that lz4-java carries computes them. Only that one: the
 * library's implementations in Java compress to other bytes, and the same input must always give the same artifact.
 * Thread-safe.
 */
public final class Compressor {

    private static final int LEVEL = 9;

    private static final String LIBRARY_PROPERTIES = "/META-INF/maven/at.yawk.lz4/lz4-java/pom.properties";

    private final LZ4Compressor lz4;
    private final LZ4SafeDecompressor decompressor;
    private final XXHashFactory xxHash;
    private final String identity;

    /** @throws FaultException if the C library cannot be loaded on this machine */
    public Compressor() {
        try {
            this.lz4 = LZ4Factory.nativeInstance().highCompressor(LEVEL);
            this.decompressor = LZ4Factory.nativeInstance().safeDecompressor();
            this.xxHash = XXHashFactory.nativeInstance();
        } catch (LinkageError | AssertionError e) {
            throw new FaultException(
                    FaultException.Category.MISSING_ON_MACHINE,
                    "The native LZ4 library cannot be loaded: " + e + ".",
                    "Let TMPDIR (java.io.tmpdir) name a directory whose file system is not mounted noexec; the library is"
                            + " unpacked there.",
                    e);
        }
        this.identity = "lz4-java-" + libraryVersion() + "-level-" + LEVEL;
    }

    /** Changes whenever the same block might compress to other bytes. Fit for a file name. */
    String identity() {
        return identity;
    }

    /** The most that a block of {@code length} bytes may need while it is compressed, in bytes. */
    public int mostCompressed(int length) {
        return lz4.maxCompressedLength(length);
    }

    /** Compresses the block's content; takes it as it is if that is not longer. */
    public void compress(Block block) {
        block.compressedLength = lz4.compress(
                block.content, 0, block.length, block.compressed, Block.PREFIX, block.compressed.length - Block.PREFIX);
        if (block.compressedLength >= block.length) {
            System.arraycopy(block.content, 0, block.compressed, Block.PREFIX, block.length);
            block.compressedLength = block.length;
        }
    }

    /** Makes the block's content, whose length is known, of what {@link #compress} has made of it. */
    void decompress(Block block) {
        if (block.compressedLength == block.length) {
            System.arraycopy(block.compressed, Block.PREFIX, block.content, 0, block.length);
            return;
        }
        int length = decompressor.decompress(
                block.compressed, Block.PREFIX, block.compressedLength, block.content, 0, block.length);
        if (length != block.length) {
            throw new LZ4Exception("a block of " + block.length + " bytes has become one of " + length);
        }
    }

    public XXHash32 hash32() {
        return xxHash.hash32();
    }

    public XXHash64 hash64() {
        return xxHash.hash64();
    }

    /** The hash that an LZ4 frame carries of its whole content. Belongs to one thread; close it. */
    public StreamingXXHash32 contentHash() {
        return xxHash.newStreamingHash32(0);
    }

    private static String libraryVersion() {
        Properties properties = new Properties();
        try (InputStream stream = LZ4Factory.class.getResourceAsStream(LIBRARY_PROPERTIES)) {
            if (stream == null) {
                throw new IllegalStateException("lz4-java is packaged without its version: " + LIBRARY_PROPERTIES);
            }
            properties.load(stream);
        } catch (IOException e) {
            throw new IllegalStateException("the version of lz4-java cannot be read: " + LIBRARY_PROPERTIES, e);
        }
        String version = properties.getProperty("version");
        if (version == null) {
            throw new IllegalStateException("lz4-java does not tell its version in " + LIBRARY_PROPERTIES);
        }
        return version;
    }
}
