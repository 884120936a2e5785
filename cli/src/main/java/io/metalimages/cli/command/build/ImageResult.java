package io.metalimages.cli.command.build;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.cli.command.check.CheckedImage;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import io.metalimages.common.Digest;
import io.metalimages.pipeline.PipelineResult;
import io.metalimages.pipeline.StepLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
                        artifact().sidecars().stream())
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
    public List<String> text(OutputStyle outputStyle) throws IOException {
        return new SummaryText(outputStyle).of(this);
    }

    @Override
    public List<String> brief() {
        return List.of(artifact().tarball().toString());
    }

    @Override
    public Optional<String> array() {
        return Optional.of("images");
    }

    record Document(
            String name,
            List<File> files,
            long tarBytes,
            long entries,
            long epoch,
            boolean upToDate,
            Seconds seconds,
            List<Step> steps,
            Cache cache,
            CheckedImage.Findings check,
            List<String> notes) {}

    /** @param md5 of the tarball only */
    record File(Path path, long bytes, Optional<String> md5, String sha256) {}

    record Seconds(Duration build, Duration export, Duration check) {}

    /** @param seconds empty if its result was there */
    record Step(int number, String name, String location, boolean cached, Optional<Duration> seconds) {

        Step(StepLedger.Entry entry) {
            this(entry.step().number(), entry.step().name(), entry.step().location(), entry.isCached(), entry.ran());
        }
    }

    /** What did not have to be done. */
    record Cache(Portion steps, Portion blocks) {}

    /** @param share between 0 and 1 */
    record Portion(long cached, long all, double share) {

        Portion(long cached, long all) {
            this(cached, all, all == 0 ? 0.0 : Math.round(1000.0 * cached / all) / 1000.0);
        }
    }

    @Override
    public Document json() throws IOException {
        Artifact artifact = artifact();
        List<File> files = new ArrayList<>();
        for (Path file : files()) {
            files.add(file(file, artifact));
        }
        return new Document(
                name(),
                files,
                artifact.tarBytes(),
                artifact.entries(),
                image.date().getEpochSecond(),
                image.upToDate(),
                new Seconds(image.build(), image.export(), artifact.checking()),
                image.steps().stream().map(Step::new).toList(),
                new Cache(
                        new Portion(cachedSteps(), image.steps().size()),
                        new Portion(artifact.blocksFromCache(), artifact.blocks())),
                new CheckedImage.Findings(artifact.check()),
                artifact.notes());
    }

    private static File file(Path file, Artifact artifact) throws IOException {
        boolean isTarball = file.equals(artifact.tarball());
        return new File(
                file,
                Files.size(file),
                isTarball ? Optional.of(artifact.md5()) : Optional.empty(),
                isTarball ? artifact.sha256() : Digest.ofFile(file).hex());
    }
}
