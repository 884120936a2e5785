package io.metalimages.cli;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images shell}. */
final class ShellCommand extends Command {

    private static final String STEP = "--step";

    ShellCommand(Surroundings surroundings) {
        super(
                surroundings,
                "Opens a shell in the file system that a failed step left. What is changed there is lost.",
                "  metal-images shell --step 4f0c9a7d21be");
        description()
                .addOption(OptionSpec.builder(STEP)
                        .required(true)
                        .type(String.class)
                        .paramLabel("KEY")
                        .description("The step's key, or how it begins; build shows it when a step has failed.")
                        .build());
    }

    @Override
    void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report) throws Exception {
        new ShellWork(surroundings).open(parsed.matchedOptionValue(STEP, ""));
    }
}
