package io.metalimages.registry.image;

import io.metalimages.common.Digest;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.MediaTypes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Makes a layer of the tar that is written to it: gzip without a name and a time, so that the same tar gives the same bytes
 * with the same JDK. (Another version of zlib may compress to other bytes; the digest of the tar is the same ever after.)
 * Compresses on all cores; memory does not grow with the tar. Belongs to one thread.
 */
public final class LayerWriter extends OutputStream {

    private final Path file;
    private final MessageDigest plainDigest = sha256();
    private final MessageDigest digest = sha256();
    private final OutputStream output;
    private final ParallelGzip gzip;
    private long plainSize;

    /**
     * A writer of a layer.
     *
     * @param file is made anew
     */
    public LayerWriter(Path file) throws IOException {
        this(file, Runtime.getRuntime().availableProcessors());
    }

    LayerWriter(Path file, int threads) throws IOException {
        this.file = file;
        this.output = Files.newOutputStream(file);
        this.gzip = new ParallelGzip(threads, piece -> {
            digest.update(piece);
            output.write(piece);
        });
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        plainDigest.update(bytes, offset, length);
        plainSize += length;
        gzip.write(bytes, offset, length);
    }

    /** The tar is whole. */
    public Layer finish() throws IOException {
        gzip.finish();
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
        gzip.close();
        output.close();
    }
}
