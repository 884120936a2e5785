package io.metalimages.cli.command.build;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.cli.command.check.CheckedImage;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.JsonText;
import io.metalimages.cli.output.Result;
import io.metalimages.common.Digest;
import io.metalimages.pipeline.PipelineResult;
import io.metalimages.pipeline.StepLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        Artifact artifact = artifact();
        List<Map<String, Object>> files = new ArrayList<>();
        for (Path file : files()) {
            files.add(file(file, artifact));
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", name());
        members.put("files", files);
        members.put("tarBytes", artifact.tarBytes());
        members.put("entries", artifact.entries());
        members.put("epoch", image().date().getEpochSecond());
        members.put("upToDate", image().upToDate());
        members.put("seconds", times(this));
        members.put("steps", image().steps().stream().map(ImageResult::step).toList());
        members.put("cache", cache(this));
        members.put("check", CheckedImage.members(artifact.check()));
        members.put("notes", artifact.notes());
        return members;
    }

    private static Map<String, Object> times(ImageResult image) {
        Map<String, Object> members = JsonText.pair(
                "build",
                JsonText.seconds(image.image().build()),
                "export",
                JsonText.seconds(image.image().export()));
        members.put("check", JsonText.seconds(image.artifact().checking()));
        return members;
    }

    private static Map<String, Object> file(Path file, Artifact artifact) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", file.toString());
        members.put("bytes", Files.size(file));
        if (file.equals(artifact.tarball())) {
            members.put("md5", artifact.md5());
            members.put("sha256", artifact.sha256());
        } else {
            members.put("sha256", Digest.ofFile(file).hex());
        }
        return members;
    }

    private static Map<String, Object> step(StepLedger.Entry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("number", entry.step().number());
        members.put("name", entry.step().name());
        members.put("location", entry.step().location());
        members.put("cached", entry.isCached());
        entry.ran().ifPresent(duration -> members.put("seconds", JsonText.seconds(duration)));
        return members;
    }

    private static Map<String, Object> cache(ImageResult image) {
        Artifact artifact = image.artifact();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("steps", portion(image.cachedSteps(), image.image().steps().size()));
        members.put("blocks", portion(artifact.blocksFromCache(), artifact.blocks()));
        return members;
    }

    private static Map<String, Object> portion(long cached, long all) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("cached", cached);
        members.put("all", all);
        members.put("share", all == 0 ? 0.0 : Math.round(1000.0 * cached / all) / 1000.0);
        return members;
    }
}
