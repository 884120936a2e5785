package io.metalimages.cli.command.build;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.DefinitionsOption;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images new}. */
public final class NewCommand extends Command {

    private static final String FROM = "--from";

    public NewCommand(CommandContext context) {
        super(
                context,
                "Begins the definition of an image of your own: a Dockerfile, a docker-make.yaml, and checks.yaml.",
                "  metal-images new storage --from debian",
                "  metal-images new edge --from firewall/3.0-debian",
                "  metal-images new storage --from debian/13 --os-dir ~/our-images");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("NAME")
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .description("What the image is called, and its directory.")
                        .build());
        description()
                .addOption(OptionSpec.builder(FROM)
                        .type(String.class)
                        .paramLabel("IMAGE")
                        .required(true)
                        .description("The image that it starts from, see: metal-images list")
                        .build());
        DefinitionsOption.addTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new NewWork(DefinitionsOption.directory(parsed, context).orElseGet(context::definitions), context)
                .create(parsed.matchedPositionalValue(0, ""), parsed.matchedOptionValue(FROM, ""), report);
    }
}
