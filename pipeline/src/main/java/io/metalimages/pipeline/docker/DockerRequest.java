package io.metalimages.pipeline.docker;

import io.metalimages.build.Definition;
import io.metalimages.registry.ImageReference;
import java.util.List;
import java.util.Map;

/**
 * What is to be built, and what becomes of it.
 *
 * @param names of the image
 * @param labels that it gets besides those of its Dockerfile, which they override
 * @param outputs where it goes
 * @param identified whether the digest of its configuration is wanted, which costs reading all its files
 */
public record DockerRequest(
        Definition definition,
        List<ImageReference> names,
        Map<String, String> labels,
        List<Output> outputs,
        boolean identified) {

    public DockerRequest {
        names = List.copyOf(names);
        labels = Map.copyOf(labels);
        outputs = List.copyOf(outputs);
    }
}
