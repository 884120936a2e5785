package io.metalimages.registry;

import io.metalimages.engine.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;

/**
 * Makes a layer of the tar that is written to it: gzip without a name and a time, so that the same tar gives the same bytes
 * with the same JDK. (Another version of zlib may compress to other bytes; the digest of the tar is the same ever after.)
 * Nothing is kept in memory. Belongs to one thread.
 */
public final class LayerWriter extends OutputStream {

    /** zlib's own choice: a level above takes twice as long for one per cent. */
    private static final int LEVEL = 6;

    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final MessageDigest plainDigest = sha256();
    private final MessageDigest digest = sha256();
    private final OutputStream output;
    private long plainSize;

    /** Sets what GZIPOutputStream leaves to its heirs. */
    private static final class LevelledGzip extends GZIPOutputStream {

        LevelledGzip(OutputStream output) throws IOException {
            super(output, BUFFER);
            def.setLevel(LEVEL);
        }
    }

    /**
     * A writer of a layer.
     *
     * @param file is made anew
     */
    public LayerWriter(Path file) throws IOException {
        this.file = file;
        this.output = new LevelledGzip(
                new DigestOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER), digest));
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        plainDigest.update(bytes, offset, length);
        plainSize += length;
        output.write(bytes, offset, length);
    }

    /** The tar is whole. */
    public Layer finish() throws IOException {
        output.close();
        Descriptor descriptor = new Descriptor(MediaTypes.GZIP_LAYER, result(digest), Files.size(file));
        return new Layer(file, descriptor, result(plainDigest), plainSize);
    }

    private static Digest result(MessageDigest digest) {
        return new Digest(HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void close() throws IOException {
        output.close();
    }
}
