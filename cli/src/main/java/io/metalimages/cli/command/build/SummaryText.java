package io.metalimages.cli.command.build;

import io.metalimages.artifact.export.Artifact;
import io.metalimages.cli.command.check.FindingsText;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.pipeline.PipelineResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The short table at the end of a build: files, sizes, times, what came from the cache, the hashes. */
final class SummaryText {

    private final OutputStyle outputStyle;

    SummaryText(OutputStyle outputStyle) {
        this.outputStyle = outputStyle;
    }

    List<String> of(ImageResult image) throws IOException {
        PipelineResult built = image.image();
        Artifact artifact = built.artifact();
        int widest = image.files().stream()
                .mapToInt(file -> DisplayText.columns(file.toString()))
                .max()
                .orElse(0);
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, image.name()));
        for (Path file : image.files()) {
            String name = file.toString();
            lines.add("  " + name + " ".repeat(widest - DisplayText.columns(name))
                    + "%12s".formatted(Quantity.bytes(Files.size(file))));
        }
        lines.add(row(
                "time",
                Quantity.took(built.build()) + " build",
                built.upToDate() ? "nothing to export" : Quantity.took(built.export()) + " export",
                Quantity.took(built.build().plus(built.export())) + " together"));
        lines.add(row(
                "cache",
                "%,d of %s"
                        .formatted(
                                image.cachedSteps(),
                                Quantity.count(built.steps().size(), "step")),
                "%,d of %s (%s) compressed before"
                        .formatted(
                                artifact.blocksFromCache(),
                                Quantity.count(artifact.blocks(), "block"),
                                Quantity.share(artifact.blocksFromCache(), artifact.blocks()))));
        lines.add(row(
                "content",
                "%,d %s".formatted(artifact.entries(), artifact.entries() == 1 ? "entry" : "entries"),
                Quantity.bytes(artifact.tarBytes()) + " before compression"));
        lines.add(row("sha256", artifact.sha256()));
        lines.add(row("md5", artifact.md5()));
        if (image.checked()) {
            lines.add(row(
                    "check",
                    FindingsText.counts(artifact.check()),
                    "%s of the export".formatted(Quantity.took(artifact.checking()))));
            lines.addAll(new FindingsText(outputStyle).of(artifact.check()));
        }
        artifact.notes().forEach(note -> lines.add(row("note", DisplayText.line(note))));
        return lines;
    }

    private String row(String heading, String... facts) {
        return "  " + outputStyle.styled(Style.FAINT, "%-8s".formatted(heading))
                + String.join(outputStyle.glyphs().separator(), facts);
    }
}
