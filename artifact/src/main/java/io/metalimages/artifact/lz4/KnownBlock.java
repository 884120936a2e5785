package io.metalimages.artifact.lz4;

import io.metalimages.common.Digest;

/**
 * A block that was encoded before.
 *
 * @param content of its plain bytes
 * @param length of its plain bytes, 1 to {@link Lz4Frame#LARGEST_BLOCK}
 */
public record KnownBlock(Digest content, int length) {

    public KnownBlock {
        if (length < 1 || length > Lz4Frame.LARGEST_BLOCK) {
            throw new IllegalArgumentException("no block has " + length + " bytes");
        }
    }
}
