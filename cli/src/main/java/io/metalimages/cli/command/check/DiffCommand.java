package io.metalimages.cli.command.check;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images diff}. */
public final class DiffCommand extends Command {

    private static final String DEPTH = "--depth";
    private static final int USUAL_DEPTH = 2;
    private static final String ALL = "--all";
    private static final String EXIT_CODE = "--exit-code";

    public DiffCommand(CommandContext context) {
        super(
                context,
                "Tells what differs between two images: packages, sizes of directories, and files with their contents, "
                        + "modes, owners and attributes. Times are left out: they do not reach a machine.",
                "  metal-images diff debian/12 debian/13",
                "  metal-images diff https://images.example.com/metal-os/stable/debian/12/img.tar.lz4 debian/12",
                "  metal-images diff /tmp/before debian/12 --all",
                "  metal-images diff /tmp/before debian/12 --exit-code --quiet    fails if they differ");
        image("OLDER", "The name of an image below images, a directory or tarball, or a URL.");
        image("NEWER", "What it is compared with.");
        description()
                .addOption(OptionSpec.builder(DEPTH)
                        .type(Integer.class)
                        .paramLabel("NUMBER")
                        .description("How deep directories are whose sizes are shown. Default: " + USUAL_DEPTH + ".")
                        .build())
                .addOption(OptionSpec.builder(ALL)
                        .description("Show all, and not the first lines of each part.")
                        .build())
                .addOption(OptionSpec.builder(EXIT_CODE)
                        .description("Exit with 1 if the images differ.")
                        .build());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    private void image(String label, String text) {
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel(label)
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .description(text)
                        .build());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new DiffWork(
                        new DiffResult.Extent(
                                parsed.matchedOptionValue(DEPTH, USUAL_DEPTH), parsed.matchedOptionValue(ALL, false)),
                        parsed.matchedOptionValue(EXIT_CODE, false),
                        options,
                        context)
                .compare(parsed.matchedPositionalValue(0, ""), parsed.matchedPositionalValue(1, ""), report);
    }
}
