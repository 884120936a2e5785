package io.metalimages.supplychain;

import io.metalimages.common.Digest;
import java.time.Instant;

/**
 * An image whose packages are told.
 *
 * @param name {@code debian/12}
 * @param tarball the digest of {@code img.tar.lz4}
 * @param date of its sources, to the second
 * @param program the version of this program
 */
public record DescribedImage(String name, Digest tarball, Instant date, String program) {

    String version() {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
