package io.metalimages.cli.command.check;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.diff.ImageComparison;
import io.metalimages.artifact.diff.ImageDifference;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import java.io.IOException;

/** What {@code metal-images diff} does. */
final class DiffWork {

    private final DiffResult.Extent extent;
    private final boolean failing;
    private final OutputOptions options;
    private final CommandContext context;

    /**
     * Work to be done.
     *
     * @param failing whether a difference is a failure
     */
    DiffWork(DiffResult.Extent extent, boolean failing, OutputOptions options, CommandContext context) {
        this.extent = extent;
        this.failing = failing;
        this.options = options;
        this.context = context;
    }

    void compare(String older, String newer, Report report) throws IOException, InterruptedException {
        if (extent.depth() < 1) {
            throw FaultException.wrongInput("--depth is " + extent.depth() + ".", "Say 1 or more.");
        }
        try (Display display = Display.open(options, context);
                ImageArgument argument = new ImageArgument(context, display)) {
            ArtifactLocation before = argument.find(older);
            ArtifactLocation after = argument.find(newer);
            display.begin(newer, "comparing");
            ImageDifference difference = new ImageComparison().compare(before, after, CheckProgress.SILENT);
            report.add(new DiffResult(older, newer, difference, extent));
            if (failing && !difference.isEmpty()) {
                report.exitWith(ExitCode.FAILED_WORK);
            }
        }
    }
}
