package io.metalimages.cli.command.check;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.check.ArtifactCheck;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/** What {@code metal-images check} does: from names of images to findings. */
public final class CheckWork {

    private final boolean strict;
    private final boolean showLosses;
    private final Optional<Path> sarif;
    private final OutputOptions options;
    private final CommandContext context;

    /**
     * Work to be done.
     *
     * @param strict whether warnings are failures, too
     * @param sarif where to write the findings for other programs
     */
    CheckWork(boolean strict, boolean showLosses, Optional<Path> sarif, OutputOptions options, CommandContext context) {
        this.strict = strict;
        this.showLosses = showLosses;
        this.sarif = sarif;
        this.options = options;
        this.context = context;
    }

    void check(List<String> images, Report report) throws IOException, InterruptedException {
        List<CheckedImage> results = new ArrayList<>();
        try (Display display = Display.open(options, context);
                ImageArgument argument = new ImageArgument(context, display)) {
            ArtifactCheck check = new ArtifactCheck();
            for (String image : new LinkedHashSet<>(images)) {
                ArtifactLocation location = argument.find(image);
                display.begin(image, "checking");
                long begun = System.nanoTime();
                CheckReport found = check.check(location, CheckProgress.SILENT);
                results.add(new CheckedImage(
                        image, location.tarball(), found, Duration.ofNanos(System.nanoTime() - begun), showLosses));
                report.add(results.getLast());
            }
        }
        if (sarif.isPresent()) {
            Files.writeString(sarif.get(), SarifText.of(results));
        }
        failOnFindings(results, strict);
    }

    /**
     * Fails if an image breaches the contract.
     *
     * @param strict whether warnings count
     */
    public static void failOnFindings(List<CheckedImage> results, boolean strict) {
        List<String> failed = results.stream()
                .filter(result -> !result.report().errors().isEmpty()
                        || (strict && !result.report().findings().isEmpty()))
                .map(result -> result.name() + " (" + FindingsText.counts(result.report()) + ")")
                .toList();
        if (!failed.isEmpty()) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "No machine should get this: " + String.join(", ", failed) + ".",
                    "Do what is said with each finding.",
                    null);
        }
    }
}
