package io.metalimages.common;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A SHA-256 digest. Immutable; takes 48 bytes of memory, as an index of a store has many. */
public final class Digest {

    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");
    private static final int DIGITS = Long.BYTES * 2;

    private final long first;
    private final long second;
    private final long third;
    private final long fourth;

    /** @param hex 64 lower-case hexadecimal digits */
    public Digest(String hex) {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("Not a SHA-256 digest: " + hex);
        }
        first = Long.parseUnsignedLong(hex, 0, DIGITS, 16);
        second = Long.parseUnsignedLong(hex, DIGITS, 2 * DIGITS, 16);
        third = Long.parseUnsignedLong(hex, 2 * DIGITS, 3 * DIGITS, 16);
        fourth = Long.parseUnsignedLong(hex, 3 * DIGITS, 4 * DIGITS, 16);
    }

    public static Digest of(byte[] content) {
        return new Digest(HexFormat.of().formatHex(Digests.sha256().digest(content)));
    }

    public static Digest of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The digest of the file's content. */
    public static Digest ofFile(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return of(content);
        }
    }

    /** The digest of all that can be read. */
    public static Digest of(InputStream content) throws IOException {
        MessageDigest digest = Digests.sha256();
        byte[] buffer = new byte[1 << 16];
        for (int length = content.read(buffer); length >= 0; length = content.read(buffer)) {
            digest.update(buffer, 0, length);
        }
        return new Digest(HexFormat.of().formatHex(digest.digest()));
    }

    /** 64 lower-case hexadecimal digits. */
    public String hex() {
        HexFormat format = HexFormat.of();
        return format.toHexDigits(first)
                + format.toHexDigits(second)
                + format.toHexDigits(third)
                + format.toHexDigits(fourth);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Digest digest
                && first == digest.first
                && second == digest.second
                && third == digest.third
                && fourth == digest.fourth;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(first);
    }

    @Override
    public String toString() {
        return hex();
    }
}
