package io.metalimages.engine.archive;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
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
    private static final int LONGEST_WINDOW_OF_LAYER = 26;
    private static final int MOST_BYTES_TO_TELL = 6;

    /** Hexadecimal. */
    private final String beginning;

    Compression(String beginning) {
        this.beginning = beginning;
    }

    /** The bytes that {@code input} holds once they are decompressed. */
    static InputStream decompressed(InputStream input) throws IOException {
        BufferedInputStream buffered = new PatientInput(input);
        return of(buffered).decompress(buffered, LONGEST_WINDOW);
    }

    /**
     * Like {@link #decompressed}, but only by what the image specification names, and so that several at once take little
     * memory.
     *
     * @throws InvalidArchiveException if it is compressed otherwise
     */
    static InputStream decompressedLayer(InputStream input) throws IOException {
        BufferedInputStream buffered = new PatientInput(input);
        Compression compression = of(buffered);
        return switch (compression) {
            case NONE, GZIP, ZSTANDARD -> compression.decompress(buffered, LONGEST_WINDOW_OF_LAYER);
            case BZIP2, XZ ->
                throw new InvalidArchiveException("it is compressed by "
                        + compression.name().toLowerCase(Locale.ROOT) + ", and layers are by gzip or zstd");
        };
    }

    private InputStream decompress(BufferedInputStream input, int longestWindow) throws IOException {
        return switch (this) {
            case NONE -> input;
            case GZIP -> new StrictGzip(input);
            case BZIP2 -> new BZip2CompressorInputStream(input, true);
            case XZ -> new XZInputStream(input, MOST_KIBIBYTES);
            case ZSTANDARD -> {
                ZstdInputStreamNoFinalizer zstandard = new ZstdInputStreamNoFinalizer(input);
                zstandard.setLongMax(longestWindow);
                yield zstandard;
            }
        };
    }

    private static Compression of(BufferedInputStream input) throws IOException {
        input.mark(BUFFER_BYTES);
        String beginning = HexFormat.of().formatHex(input.readNBytes(MOST_BYTES_TO_TELL));
        input.reset();
        return of(beginning);
    }

    private static Compression of(String beginning) {
        return Arrays.stream(values())
                .filter(compression -> compression != NONE && beginning.startsWith(compression.beginning))
                .findFirst()
                .orElse(NONE);
    }

    /**
     * Says that something is available until it is sure that nothing is. The JDK takes a pause in a download for the end of
     * what is compressed in several pieces.
     */
    private static final class PatientInput extends BufferedInputStream {

        PatientInput(InputStream input) {
            super(input, BUFFER_BYTES);
        }

        @Override
        public synchronized int available() throws IOException {
            mark(1);
            int next = read();
            reset();
            return next < 0 ? 0 : Math.max(1, super.available());
        }
    }

    /** Refuses what follows after the end, which the JDK passes over. */
    private static final class StrictGzip extends GZIPInputStream {

        private static final int TRAILER_BYTES = 8;

        StrictGzip(InputStream input) throws IOException {
            super(input, BUFFER_BYTES);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            if (count < 0 && (inf.getRemaining() > TRAILER_BYTES || in.read() >= 0)) {
                throw new InvalidArchiveException("there is something after the end of what gzip compressed");
            }
            return count;
        }
    }
}
