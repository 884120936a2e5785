package io.metalimages.cli;

import io.metalimages.build.Definitions;
import picocli.CommandLine.ParseResult;

/** {@code metal-images list}. */
final class ListCommand extends Command {

    ListCommand(Surroundings surroundings) {
        super(
                surroundings,
                "Lists the names of the images that there are to build.",
                "  metal-images list",
                "  metal-images list --json");
        OutputOptions.addTo(description());
    }

    @Override
    void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report) throws Exception {
        Definitions definitions = Definitions.in(surroundings.definitions(), surroundings.environment());
        definitions
                .faults()
                .forEach(fault -> surroundings
                        .errors()
                        .println("Warning: left out: " + DisplayText.line(String.valueOf(fault.getMessage()))));
        report.add(new Names(definitions.names()));
    }
}
