package io.metalimages.store.object;

import io.metalimages.common.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What tells one content from all others.
 *
 * @param md5 lower-case hexadecimal
 */
public record Fingerprint(long bytes, String md5, Digest sha256) {

    private static final int BUFFER = 1 << 20;

    /** The fingerprint of {@code content}. */
    public static Fingerprint of(byte[] content) {
        Counting counting = new Counting();
        counting.add(content, content.length);
        return counting.end();
    }

    /** The fingerprint of the file's content. */
    public static Fingerprint ofFile(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return transfer(content, OutputStream.nullOutputStream());
        }
    }

    /** Writes all that is left of {@code input} to {@code output}, and tells what that was. Closes neither. */
    public static Fingerprint transfer(InputStream input, OutputStream output) throws IOException {
        Counting counting = new Counting();
        byte[] buffer = new byte[BUFFER];
        for (int length = input.read(buffer); length >= 0; length = input.read(buffer)) {
            counting.add(buffer, length);
            output.write(buffer, 0, length);
        }
        return counting.end();
    }

    /** Makes a fingerprint of what comes piece by piece. */
    public static final class Counting {

        private final MessageDigest md5 = digest("MD5");
        private final MessageDigest sha256 = digest("SHA-256");
        private long bytes;

        public void add(byte[] buffer, int length) {
            md5.update(buffer, 0, length);
            sha256.update(buffer, 0, length);
            bytes += length;
        }

        public Fingerprint end() {
            HexFormat hexadecimal = HexFormat.of();
            return new Fingerprint(
                    bytes, hexadecimal.formatHex(md5.digest()), new Digest(hexadecimal.formatHex(sha256.digest())));
        }

        private static MessageDigest digest(String algorithm) {
            try {
                return MessageDigest.getInstance(algorithm);
            } catch (NoSuchAlgorithmException impossible) {
                throw new AssertionError("every Java platform has " + algorithm, impossible);
            }
        }
    }
}
