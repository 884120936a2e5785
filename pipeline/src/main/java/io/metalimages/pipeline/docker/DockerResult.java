package io.metalimages.pipeline.docker;

import io.metalimages.pipeline.StepLedger;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.ImageReference;
import java.util.List;
import java.util.Optional;

/**
 * What came of a build.
 *
 * @param image its identity; empty if nobody wanted it
 * @param names that later builds and registries know the image by
 * @param steps what became of each step, in the order of their numbers
 */
public record DockerResult(Optional<Identity> image, List<ImageReference> names, List<StepLedger.Entry> steps) {

    public DockerResult {
        names = List.copyOf(names);
        steps = List.copyOf(steps);
    }

    /**
     * What an image is known by.
     *
     * @param configuration whose digest is what Docker calls the image's id
     */
    public record Identity(Descriptor manifest, Descriptor configuration) {}
}
