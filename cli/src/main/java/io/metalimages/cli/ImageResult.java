package io.metalimages.cli;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.pipeline.PipelineResult;
import io.metalimages.pipeline.StepLedger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An image that was built and exported, for the user.
 *
 * @param checked whether the user wants to know if it is fit for a machine
 */
record ImageResult(PipelineResult image, boolean checked) implements Result {

    String name() {
        return image.name();
    }

    Artifact artifact() {
        return image.artifact();
    }

    List<Path> files() {
        return Stream.concat(
                        Stream.of(
                                artifact().tarball(),
                                artifact().md5File(),
                                artifact().sha256File(),
                                artifact().packages()),
                        artifact().companions().stream())
                .toList();
    }

    CheckedImage check() {
        return new CheckedImage(
                name(), artifact().tarball(), artifact().check(), artifact().checking(), false);
    }

    long cachedSteps() {
        return image.steps().stream().filter(StepLedger.Entry::isCached).count();
    }

    @Override
    public List<String> text(Look look) throws IOException {
        return new SummaryText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return List.of(artifact().tarball().toString());
    }

    @Override
    public Optional<String> array() {
        return Optional.of("images");
    }

    @Override
    public Map<String, Object> json() throws IOException {
        return JsonText.image(this);
    }
}
