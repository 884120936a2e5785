package io.metalimages.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * A command that can be given to the program: describes its options, and does its work when it is called.
 *
 * <p>Every command is described whenever the program starts, so what does the work has classes of its own.
 */
abstract class Command implements Callable<Integer> {

    private final CommandSpec description = CommandSpec.wrapWithoutInspection(this);
    private final Surroundings surroundings;

    /** @param examples a line each */
    Command(Surroundings surroundings, String summary, String... examples) {
        this.surroundings = surroundings;
        description
                .usageMessage()
                .description(summary)
                .abbreviateSynopsis(true)
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.meanings())
                .footerHeading("%nExamples:%n")
                .footer(examples);
        description.addOption(helpOption());
    }

    static OptionSpec helpOption() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build();
    }

    final CommandSpec description() {
        return description;
    }

    final void option(OptionSpec.Builder option) {
        description.addOption(option.build());
    }

    @Override
    public final Integer call() {
        ParseResult parsed = description.commandLine().getParseResult();
        OutputOptions options = OutputOptions.from(parsed);
        return new Report(options, surroundings).on(report -> perform(parsed, options, surroundings, report));
    }

    abstract void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report)
            throws Exception;
}
