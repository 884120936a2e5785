package io.metalimages.artifact;

import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What the file beside a tarball says that the tarball's digest is.
 *
 * @param file where that is said
 * @param hex in lower-case hexadecimal digits
 * @param digest computes it; to be given all of the tarball
 */
record TarballSum(Path file, String hex, MessageDigest digest) {

    private static final int LARGEST = 1 << 10;

    /**
     * The strongest that is there.
     *
     * @throws FaultException with {@link FaultException.Category#REMOTE_FAULT} if the file does not begin with a digest
     */
    static Optional<TarballSum> find(ArtifactLocation location) throws IOException {
        if (Files.exists(location.sha256File())) {
            return Optional.of(read(location.sha256File(), Digests.sha256()));
        }
        return Files.exists(location.md5File())
                ? Optional.of(read(location.md5File(), Digests.md5()))
                : Optional.empty();
    }

    private static TarballSum read(Path file, MessageDigest digest) throws IOException {
        String start;
        try (InputStream input = Files.newInputStream(file)) {
            start = new String(input.readNBytes(LARGEST), StandardCharsets.ISO_8859_1);
        }
        String hex = start.split("\\s", 2)[0];
        if (!hex.matches("[0-9a-f]{" + 2 * digest.getDigestLength() + "}")) {
            throw FaultException.remote(
                    file.getFileName() + " does not begin with the " + digest.getAlgorithm()
                            + " in lower-case hexadecimal digits.",
                    "Whoever published the image has to publish it again.");
        }
        return new TarballSum(file, hex, digest);
    }

    /**
     * Compares with what {@link #digest} was given.
     *
     * @param address where the tarball came from
     * @throws FaultException with {@link FaultException.Category#REMOTE_FAULT} if that is something else
     */
    void requireMatch(String address) {
        String actual = HexFormat.of().formatHex(digest.digest());
        if (!actual.equals(hex)) {
            throw FaultException.remote(
                    address + " is damaged: its " + digest.getAlgorithm() + " is " + actual + ", and "
                            + file.getFileName() + " says " + hex + ".",
                    "Try again: it may have been replaced meanwhile. If that does not help, publish the image again.");
        }
    }
}
