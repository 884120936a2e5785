package io.metalimages.rack.provisioning;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much an image may take on this machine's disk when it is unpacked.
 *
 * @param image what the user calls it
 * @param compressed bytes of its tarball
 * @param free bytes that it may fill in {@code directory}
 * @param directory where it is unpacked
 */
record UnpackLimits(String image, long compressed, long free, Path directory) {

    /** LZ4 packs zeros into one 255th; a server with a swap file of ten times its own size does not come near this. */
    static final int LARGEST_RATIO = 50;

    /** So much any image may have, in bytes: in small ones the padding of the tar counts. */
    static final long ALWAYS = 64 << 20;

    /** Bytes that are left to others. */
    static final long RESERVE = 1 << 30;

    /** For {@code tarball}, unpacked in {@code directory}. */
    static UnpackLimits of(Path tarball, Path directory) throws IOException {
        return new UnpackLimits(
                tarball.toString(),
                Files.size(tarball),
                Math.max(0, Files.getFileStore(directory).getUsableSpace() - RESERVE),
                directory);
    }

    /**
     * Refuses what is too much.
     *
     * @param bytes that the image needs, as far as is known
     * @throws FaultException if these are more than it may have
     */
    void require(long bytes) {
        if (bytes > ALWAYS + compressed * LARGEST_RATIO) {
            throw FaultException.failed(
                    "%s was not unpacked: it takes more than %,d MB, over %d times its %,.1f MB, as no image does."
                            .formatted(image, megabytes(bytes), LARGEST_RATIO, compressed / 1e6),
                    null);
        }
        if (bytes > free) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "%s was not unpacked: it takes more than the %,d MB that are free in %s, less %,d MB for others."
                            .formatted(image, megabytes(free + RESERVE), directory, megabytes(RESERVE)),
                    "Make room there, or set METAL_IMAGES_STATE to a directory on a larger disk.",
                    null);
        }
    }

    private static long megabytes(long bytes) {
        return bytes / 1_000_000;
    }
}
