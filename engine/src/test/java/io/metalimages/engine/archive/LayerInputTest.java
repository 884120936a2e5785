package io.metalimages.engine.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.Collections;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayerInputTest {

    private static InputStream repeated(byte[] piece, int times) {
        return new SequenceInputStream(Collections.enumeration(IntStream.range(0, times)
                .mapToObj(number -> new ByteArrayInputStream(piece))
                .toList()));
    }

    @Test
    void endsWhereFarTooMuchComesOfTooLittle() throws Exception {
        byte[] piece = Archive.zstd(new byte[64 << 20]);
        LayerInput bomb = new LayerInput(repeated(piece, 100));
        assertThatThrownBy(() -> bomb.transferTo(OutputStream.nullOutputStream()))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessageContaining("more than 200 times its size");
    }

    @Test
    void muchOfLittleIsNoBomb() throws Exception {
        byte[] zeros = new byte[64 << 20];
        assertThat(new LayerInput(new ByteArrayInputStream(Archive.zstd(zeros))).finish())
                .isEqualTo(Digest.of(zeros));
    }
}
