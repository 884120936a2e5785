package io.metalimages.registry.image;

import io.metalimages.common.Digest;
import io.metalimages.registry.Descriptor;
import java.nio.file.Path;

/**
 * A layer that is ready to be pushed.
 *
 * @param file the compressed tar
 * @param descriptor of {@code file}
 * @param plainDigest of the tar itself: what an image's configuration calls its {@code diff_id}
 * @param plainSize of the tar itself, in bytes
 */
public record Layer(Path file, Descriptor descriptor, Digest plainDigest, long plainSize) {}
