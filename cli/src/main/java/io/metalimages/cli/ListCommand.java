package io.metalimages.cli;

import picocli.CommandLine.ParseResult;

/** {@code metal-images list}. */
final class ListCommand extends Command {

    ListCommand(Surroundings surroundings) {
        super(
                surroundings,
                "Lists the names of the images that there are to build, and says which of those that are built were made "
                        + "from a stand-in for their distribution's archive.",
                "  metal-images list",
                "  metal-images list --json");
        DefinitionsOption.addTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report) throws Exception {
        new ListWork(DefinitionsOption.read(parsed, surroundings), surroundings).list(report);
    }
}
