package io.metalimages.registry.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LayerWriterTest {

    private static final int PIECE = 1 << 20;

    @TempDir
    private Path directory;

    /** Half text that repeats, half noise, as images are. */
    private static byte[] content(int size) {
        byte[] content = new byte[size];
        Random random = new Random(size);
        for (int from = 0; from < size; from += 8192) {
            byte[] part = new byte[Math.min(8192, size - from)];
            if (random.nextBoolean()) {
                random.nextBytes(part);
            } else {
                for (int index = 0; index < part.length; index++) {
                    part[index] = (byte) ("the same words again ".charAt(index % 21) + random.nextInt(2));
                }
            }
            System.arraycopy(part, 0, content, from, part.length);
        }
        return content;
    }

    private Layer layer(byte[] content, int threads, int step) throws IOException {
        try (LayerWriter writer = new LayerWriter(directory.resolve("layer-" + threads), threads)) {
            for (int from = 0; from < content.length; from += step) {
                writer.write(content, from, Math.min(step, content.length - from));
            }
            return writer.finish();
        }
    }

    @Test
    void everySizeComesBackWholeAndInOneMember() throws Exception {
        for (int size : new int[] {0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 5 * PIECE + 12345}) {
            byte[] content = content(size);
            Layer layer = layer(content, 2, 70_001);
            byte[] compressed = Files.readAllBytes(layer.file());
            try (GZIPInputStream input = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
                assertThat(input.readAllBytes()).as("%d bytes", size).isEqualTo(content);
            }
            // reads the first member only
            try (var input = new GzipCompressorInputStream(new ByteArrayInputStream(compressed))) {
                assertThat(input.readAllBytes()).isEqualTo(content);
                assertThat(input.getMetaData().getModificationTime()).isZero();
                assertThat(input.getMetaData().getFileName()).isNull();
            }
            assertThat(layer.plainDigest()).isEqualTo(Digest.of(content));
            assertThat(layer.plainSize()).isEqualTo(size);
            assertThat(layer.descriptor().digest()).isEqualTo(Digest.of(compressed));
            assertThat(layer.descriptor().size()).isEqualTo(compressed.length);
            assertThat(layer.descriptor().mediaType()).isEqualTo("application/vnd.oci.image.layer.v1.tar+gzip");
        }
    }

    @Test
    void neitherThreadsNorTheSizeOfWritesChangeTheBytes() throws Exception {
        byte[] content = content(9 * PIECE + 777);
        Layer one = layer(content, 1, content.length);
        Layer four = layer(content, 4, 513);
        assertThat(four.descriptor()).isEqualTo(one.descriptor());
    }

    @Test
    void piecesCostLittle() throws Exception {
        byte[] content = content(8 * PIECE);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(whole)) {
            gzip.write(content);
        }
        assertThat(layer(content, 2, PIECE).descriptor().size()).isLessThan(whole.size() * 1005L / 1000);
    }
}
