package io.metalimages.engine.archive;

import io.metalimages.common.Digest;
import io.metalimages.common.Digests;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * What a layer's archive holds once it is decompressed, and its digest. Ends in an exception where so much comes of so little
 * that it can only be meant to fill the disk. Belongs to one thread.
 */
final class LayerInput extends InputStream {

    private static final long ANY_RATIO = 4L << 30;
    private static final long HIGHEST_RATIO = 200;

    private final Compressed compressed;
    private final InputStream decompressed;
    private final MessageDigest digest = Digests.sha256();
    private long bytes;

    LayerInput(InputStream input) throws IOException {
        this.compressed = new Compressed(input);
        this.decompressed = Compression.decompressedLayer(compressed);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = decompressed.read(buffer, offset, length);
        if (count > 0) {
            digest.update(buffer, offset, count);
            bytes += count;
            if (bytes > ANY_RATIO && bytes / HIGHEST_RATIO > compressed.bytes) {
                throw new InvalidArchiveException("it unpacks to more than " + HIGHEST_RATIO
                        + " times its size, and more than " + ANY_RATIO + " bytes");
            }
        }
        return count;
    }

    /** Reads what is left, both of the archive and of what it is compressed in, and gives the digest of the former. */
    Digest finish() throws IOException {
        transferTo(OutputStream.nullOutputStream());
        compressed.transferTo(OutputStream.nullOutputStream());
        return new Digest(HexFormat.of().formatHex(digest.digest()));
    }

    private static final class Compressed extends FilterInputStream {

        private long bytes;

        Compressed(InputStream input) {
            super(input);
        }

        @Override
        public int read() throws IOException {
            int one = in.read();
            bytes += one < 0 ? 0 : 1;
            return one;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = in.read(buffer, offset, length);
            bytes += Math.max(0, count);
            return count;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
