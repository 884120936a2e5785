package io.metalimages.artifact.lz4;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Which compressed block is meant.
 *
 * @param compressor identity of what compresses it
 * @param sha256 of the plain block, lower-case hexadecimal
 * @param seed the hash's first eight bytes
 */
record BlockKey(String compressor, String sha256, long seed) {

    static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    static BlockKey of(String compressor, byte[] sha256) {
        return new BlockKey(
                compressor,
                HexFormat.of().formatHex(sha256),
                ByteBuffer.wrap(sha256).getLong());
    }

    static BlockKey of(String compressor, String sha256) {
        return new BlockKey(compressor, sha256, HexFormat.fromHexDigitsToLong(sha256, 0, 2 * Long.BYTES));
    }
}
