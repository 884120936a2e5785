package io.metalimages.registry.image;

import java.time.Instant;
import java.util.Map;

/**
 * What is said of an image that has one layer.
 *
 * @param architecture as Go names it: {@code amd64}
 * @param created in whole seconds; no part of an image may depend on the moment of the push
 * @param annotations of the manifest, and the labels of the configuration; {@code org.opencontainers.image.…}, see the OCI
 *     image specification's annotations.md
 */
public record ImageDescription(String architecture, Instant created, Map<String, String> annotations) {

    public ImageDescription {
        annotations = Map.copyOf(annotations);
    }
}
