package io.metalimages.cli.command.build;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.DefinitionsOption;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Surroundings;
import io.metalimages.cli.output.Report;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images list}. */
public final class ListCommand extends Command {

    private static final String MARKDOWN = "--markdown";

    public ListCommand(Surroundings surroundings) {
        super(
                surroundings,
                "Lists the images that there are to build, and what is built of them below ./images.",
                "  metal-images list",
                "  metal-images list --quiet        the names only",
                "  metal-images list --json");
        description()
                .addOption(OptionSpec.builder(MARKDOWN)
                        .description("Write the table for a document in Markdown.")
                        .build());
        DefinitionsOption.addTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report)
            throws Exception {
        new ListWork(
                        DefinitionsOption.read(parsed, surroundings),
                        parsed.matchedOptionValue(MARKDOWN, false),
                        surroundings)
                .list(report);
    }
}
