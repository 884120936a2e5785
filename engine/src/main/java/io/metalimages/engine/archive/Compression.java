package io.metalimages.engine.archive;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** How the bytes of an archive are compressed, told by those that it begins with. */
enum Compression {
    NONE(""),
    GZIP("1f8b08"),
    BZIP2("425a68"),
    XZ("fd377a585a00"),
    ZSTANDARD("28b52ffd");

    private static final int BUFFER_BYTES = 1 << 16;

    /** Of a dictionary, which is what the strongest settings need and no more. */
    private static final int MOST_KIBIBYTES = 100 << 10;

    private static final int LONGEST_WINDOW = 27;
    private static final int MOST_BYTES_TO_TELL = 6;

    /** Hexadecimal. */
    private final String beginning;

    Compression(String beginning) {
        this.beginning = beginning;
    }

    /** The bytes that {@code input} holds once they are decompressed. */
    static InputStream decompressed(InputStream input) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(input, BUFFER_BYTES);
        buffered.mark(BUFFER_BYTES);
        String beginning = HexFormat.of().formatHex(buffered.readNBytes(MOST_BYTES_TO_TELL));
        buffered.reset();
        return switch (of(beginning)) {
            case NONE -> buffered;
            case GZIP -> new GZIPInputStream(buffered, BUFFER_BYTES);
            case BZIP2 -> new BZip2CompressorInputStream(buffered, true);
            case XZ -> new XZInputStream(buffered, MOST_KIBIBYTES);
            case ZSTANDARD -> {
                ZstdInputStreamNoFinalizer zstandard = new ZstdInputStreamNoFinalizer(buffered);
                zstandard.setLongMax(LONGEST_WINDOW);
                yield zstandard;
            }
        };
    }

    private static Compression of(String beginning) {
        return Arrays.stream(values())
                .filter(compression -> compression != NONE && beginning.startsWith(compression.beginning))
                .findFirst()
                .orElse(NONE);
    }
}
