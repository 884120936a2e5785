package io.metalimages.artifact.lz4;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Blocks that refer to what earlier blocks held, over many times what the decoder has room for. */
class BlockDecoderTest {

    private static final int WINDOW = 1 << 16;

    @Test
    void linkedBlocksReferToAllOfTheWindow() {
        long seed = 20_261_126;
        Random random = new Random(seed);
        BlockDecoder decoder = new BlockDecoder(WINDOW, true);
        byte[] all = new byte[40 * WINDOW];
        int length = 0;
        for (int block = 0; length < all.length - WINDOW; block++) {
            byte[] literals = new byte[random.nextInt(block % 7 == 0 ? 40_000 : 30)];
            random.nextBytes(literals);
            if (block % 3 == 0) {
                int stored = decoder.store(literals, literals.length);
                System.arraycopy(literals, 0, all, length, literals.length);
                assertDecoded(decoder, stored, all, length, literals.length);
                length += literals.length;
                continue;
            }
            System.arraycopy(literals, 0, all, length, literals.length);
            int most = Math.min(length + literals.length, WINDOW - 1);
            if (most == 0) {
                continue;
            }
            int back = block % 2 == 0 ? most : 1 + random.nextInt(most);
            int match = 4 + random.nextInt(block % 5 == 0 ? 20_000 : 50);
            for (int i = 0; i < match; i++) {
                all[length + literals.length + i] = all[length + literals.length + i - back];
            }
            byte[] encoded = sequence(literals, back, match);
            int decoded = decoder.decode(encoded, encoded.length).orElseThrow();
            assertDecoded(decoder, decoded, all, length, literals.length + match);
            length += decoded;
        }
    }

    @Test
    void nothingBeforeTheFirstBlockIsReferredTo() {
        BlockDecoder decoder = new BlockDecoder(WINDOW, true);
        decoder.store(new byte[] {1, 2}, 2);
        byte[] encoded = sequence(new byte[] {3}, 4, 4);
        assertThat(decoder.decode(encoded, encoded.length)).isEmpty();
    }

    private static void assertDecoded(BlockDecoder decoder, int decoded, byte[] all, int from, int length) {
        assertThat(decoded).isEqualTo(length);
        assertThat(Arrays.equals(
                        decoder.plain(), decoder.offset(), decoder.offset() + length, all, from, from + length))
                .isTrue();
    }

    private static byte[] sequence(byte[] literals, int back, int match) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(Math.min(literals.length, 15) << 4 | Math.min(match - 4, 15));
        more(bytes, literals.length - 15);
        bytes.writeBytes(literals);
        bytes.write(back);
        bytes.write(back >>> 8);
        more(bytes, match - 4 - 15);
        return bytes.toByteArray();
    }

    private static void more(ByteArrayOutputStream bytes, int left) {
        if (left >= 0) {
            for (int rest = left; ; rest -= 255) {
                bytes.write(Math.min(rest, 255));
                if (rest < 255) {
                    return;
                }
            }
        }
    }
}
