package io.metalimages.artifact.lz4;

import java.util.OptionalInt;

/**
 * Decodes the blocks of one frame as metal-hammer's library does: by the rules of lz4_Block_format.md, without its
 * restrictions at the end of a block, which that library does not know. The C library would be faster, but takes offsets of
 * zero, which that library refuses, and cannot decode blocks that refer to earlier ones. Belongs to one thread.
 */
final class BlockDecoder {

    /** How far back a block may refer. */
    private static final int WINDOW = 1 << 16;

    private static final int SHORTEST_MATCH = 4;
    private static final int LONG = 15;
    private static final int MORE = 255;

    private final boolean linked;
    private final int largest;
    private final byte[] plain;

    /** Where the block begins. */
    private int start = WINDOW;

    /** How many of the bytes before it a block may refer to. */
    private int window;

    private int length;

    /**
     * A decoder.
     *
     * @param largest most plain bytes of a block
     * @param linked whether blocks refer to earlier ones
     */
    BlockDecoder(int largest, boolean linked) {
        this.largest = largest;
        this.linked = linked;
        this.plain = new byte[WINDOW + (linked ? 2 * largest : largest)];
    }

    /** Where the block that was decoded last lies: from {@link #offset} on, as long as was returned. */
    byte[] plain() {
        return plain;
    }

    int offset() {
        return start;
    }

    /** Takes a block that is not compressed. */
    int store(byte[] block, int blockLength) {
        keepWindow();
        System.arraycopy(block, 0, plain, start, blockLength);
        length = blockLength;
        return length;
    }

    /** Decodes a block; its plain length, or nothing if it is damaged. */
    OptionalInt decode(byte[] block, int blockLength) {
        keepWindow();
        return decodeByRules(block, blockLength);
    }

    /** Moves the window only when there is no more room behind it, as blocks may be as short as nothing. */
    private void keepWindow() {
        if (linked) {
            start += length;
            window = Math.min(WINDOW, window + length);
            if (start + largest > plain.length) {
                System.arraycopy(plain, start - window, plain, WINDOW - window, window);
                start = WINDOW;
            }
        }
        length = 0;
    }

    private OptionalInt decodeByRules(byte[] block, int blockLength) {
        try {
            int decoded = decodeSequences(block, blockLength);
            if (decoded >= 0) {
                length = decoded;
                return OptionalInt.of(decoded);
            }
            return OptionalInt.empty();
        } catch (IndexOutOfBoundsException beyondTheBlock) {
            return OptionalInt.empty();
        }
    }

    private int decodeSequences(byte[] block, int blockLength) {
        int from = 0;
        int to = start;
        int end = start + largest;
        while (from < blockLength) {
            int token = block[from++] & 0xff;
            int literals = token >>> 4;
            if (literals == LONG) {
                int more;
                do {
                    more = byteAt(block, from++, blockLength);
                    literals = Math.addExact(literals, more);
                } while (more == MORE);
            }
            if (literals > blockLength - from || literals > end - to) {
                return -1;
            }
            System.arraycopy(block, from, plain, to, literals);
            from += literals;
            to += literals;
            int match = token & LONG;
            if (from == blockLength && match == 0) {
                break;
            }
            int back = byteAt(block, from, blockLength) | byteAt(block, from + 1, blockLength) << 8;
            from += 2;
            if (match == LONG) {
                int more;
                do {
                    more = byteAt(block, from++, blockLength);
                    match = Math.addExact(match, more);
                } while (more == MORE);
            }
            match += SHORTEST_MATCH;
            if (back == 0 || back > to - start + window || match > end - to) {
                return -1;
            }
            // What was copied may be copied again: each turn doubles what repeats.
            for (int left = match, step = back; left > 0; step <<= 1) {
                int copied = Math.min(left, step);
                System.arraycopy(plain, to - step, plain, to, copied);
                to += copied;
                left -= copied;
            }
        }
        return to - start;
    }

    private static int byteAt(byte[] block, int index, int blockLength) {
        if (index >= blockLength) {
            throw new IndexOutOfBoundsException(index);
        }
        return block[index] & 0xff;
    }
}
