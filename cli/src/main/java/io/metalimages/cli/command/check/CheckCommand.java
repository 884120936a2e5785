package io.metalimages.cli.command.check;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images check}. */
public final class CheckCommand extends Command {

    private static final String STRICT = "--strict";
    private static final String SARIF = "--sarif";
    private static final String LOSSES = "--losses";

    public CheckCommand(CommandContext context) {
        super(
                context,
                "Reads images back as the program on a machine would, and reports what would go wrong there.",
                "  metal-images check debian/12",
                "  metal-images check images/debian/12/img.tar.lz4 --strict",
                "  metal-images check https://images.example.com/debian/12/img.tar.lz4",
                "  metal-images check debian/12 --sarif check.sarif --json >check.json");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("IMAGE")
                        .arity("1..*")
                        .required(true)
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("The name of an image below images, a directory or tarball, or a URL.")
                        .build())
                .addOption(OptionSpec.builder(STRICT)
                        .description("Fail on warnings, too.")
                        .build())
                .addOption(OptionSpec.builder(LOSSES)
                        .description("Show also what the burn loses and the image gets back by itself.")
                        .build())
                .addOption(OptionSpec.builder(SARIF)
                        .type(Path.class)
                        .paramLabel("FILE")
                        .description("Write the findings into FILE as SARIF 2.1.0, for code-scanning pages.")
                        .build());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new CheckWork(
                        parsed.matchedOptionValue(STRICT, false),
                        parsed.matchedOptionValue(LOSSES, false),
                        Optional.ofNullable(parsed.matchedOptionValue(SARIF, null)),
                        options,
                        context)
                .check(parsed.matchedPositionalValue(0, List.of()), report);
    }
}
