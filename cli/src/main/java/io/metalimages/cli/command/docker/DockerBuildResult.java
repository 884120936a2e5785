package io.metalimages.cli.command.docker;

import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.output.Result;
import io.metalimages.pipeline.StepLedger;
import io.metalimages.pipeline.docker.DockerResult;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.ImageReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** An image that was built from a Dockerfile, for the user. */
record DockerBuildResult(DockerResult result) implements Result {

    /** What Docker calls the image's id; empty if it is not known. */
    String id() {
        return result.image()
                .map(image -> Descriptor.written(image.configuration().digest()))
                .orElse("");
    }

    /** The document of {@code --metadata-file}, with the names that buildx gives its members. */
    Map<String, Object> metadata() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        result.image().ifPresent(image -> {
            Map<String, Object> descriptor = new LinkedHashMap<>();
            descriptor.put("mediaType", image.manifest().mediaType());
            descriptor.put("digest", Descriptor.written(image.manifest().digest()));
            descriptor.put("size", image.manifest().size());
            metadata.put("containerimage.config.digest", id());
            metadata.put("containerimage.descriptor", descriptor);
            metadata.put("containerimage.digest", descriptor.get("digest"));
        });
        if (!result.names().isEmpty()) {
            metadata.put(
                    "image.name",
                    result.names().stream().map(ImageReference::toString).collect(Collectors.joining(",")));
        }
        return metadata;
    }

    @Override
    public List<String> text(OutputStyle outputStyle) {
        long cached = result.steps().stream().filter(StepLedger.Entry::isCached).count();
        List<String> lines = new ArrayList<>();
        lines.add("%,d of %s cached"
                .formatted(cached, Quantity.count(result.steps().size(), "step")));
        if (!id().isEmpty()) {
            lines.add("image " + id());
        }
        result.names().forEach(name -> lines.add("named " + name));
        return lines;
    }

    @Override
    public List<String> brief() {
        return id().isEmpty() ? List.of() : List.of(id());
    }

    record Document(Optional<String> id, Optional<String> digest, List<String> names, long steps, long cachedSteps) {}

    @Override
    public Document json() {
        return new Document(
                Optional.of(id()).filter(text -> !text.isEmpty()),
                result.image().map(image -> Descriptor.written(image.manifest().digest())),
                result.names().stream().map(ImageReference::toString).toList(),
                result.steps().size(),
                result.steps().stream().filter(StepLedger.Entry::isCached).count());
    }
}
