package io.metalimages.cli;

import io.metalimages.artifact.export.Artifact;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An image that was built and exported.
 *
 * @param epoch the latest time of a file in it
 * @param checked whether the user wants to know if it is fit for a machine
 * @param build how long its steps took, those from the cache included
 */
record ImageResult(
        String name,
        Artifact artifact,
        Instant epoch,
        List<StepLedger.Entry> steps,
        Duration build,
        Duration export,
        boolean checked)
        implements Result {

    ImageResult {
        steps = List.copyOf(steps);
    }

    List<Path> files() {
        return Stream.concat(
                        Stream.of(artifact.tarball(), artifact.md5File(), artifact.sha256File(), artifact.packages()),
                        artifact.companions().stream())
                .toList();
    }

    CheckedImage check() {
        return new CheckedImage(name, artifact.tarball(), artifact.check(), artifact.checking(), false);
    }

    long cachedSteps() {
        return steps.stream().filter(StepLedger.Entry::isCached).count();
    }

    @Override
    public List<String> text(Look look) throws IOException {
        return new SummaryText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return List.of(artifact.tarball().toString());
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
