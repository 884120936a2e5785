package io.metalimages.registry.pull;

import io.metalimages.registry.ImageReference;

/**
 * A place that has an image: the registry that its name says, or a mirror of that.
 *
 * @param image the image's name there
 * @param insecure whether it need not show a certificate that is trusted, or may do without encryption
 * @param forTags whether it may be asked what a tag leads to
 * @param forDigests whether it may be asked for what has a certain digest
 */
record Endpoint(ImageReference image, boolean insecure, boolean forTags, boolean forDigests) {}
