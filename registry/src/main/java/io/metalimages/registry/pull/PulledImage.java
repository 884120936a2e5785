package io.metalimages.registry.pull;

import io.metalimages.common.Digest;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.image.ImageConfiguration;
import java.util.List;

/**
 * An image for one platform, without its layers. Immutable.
 *
 * @param name as in {@link ImageSource#name}
 * @param digest that its name leads to
 * @param manifest of the image itself; the same unless {@code digest} is an index
 * @param layers as they are kept, the lowest first; each is one of {@link ImageConfiguration#layers}
 */
public record PulledImage(
        String name, Digest digest, Digest manifest, ImageConfiguration configuration, List<Descriptor> layers) {

    public PulledImage {
        layers = List.copyOf(layers);
    }
}
