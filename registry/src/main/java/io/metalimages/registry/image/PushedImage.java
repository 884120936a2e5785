package io.metalimages.registry.image;

import io.metalimages.registry.Descriptor;
import io.metalimages.registry.ImageReference;
import java.util.List;

/**
 * An image that is in a registry, with all that was to be there.
 *
 * @param name without a tag, with the digest of the manifest
 * @param tags those that the push gave it
 * @param manifest of the image
 * @param layerWasThere whether the registry had the layer already
 * @param referrers one for each attachment, in their order
 */
public record PushedImage(
        ImageReference name,
        List<String> tags,
        Descriptor manifest,
        Layer layer,
        boolean layerWasThere,
        List<Descriptor> referrers) {

    public PushedImage {
        tags = List.copyOf(tags);
        referrers = List.copyOf(referrers);
    }
}
