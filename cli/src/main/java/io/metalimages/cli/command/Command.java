package io.metalimages.cli.command;

import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.cli.output.Report;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * A command that can be given to the program: describes its options, and does its work when it is called.
 *
 * <p>Every command is described whenever the program starts, so what does the work has classes of its own.
 */
public abstract class Command implements Callable<Integer> {

    /** Calls nothing of this command before the arguments have been parsed. */
    @SuppressWarnings("this-escape")
    private final CommandSpec description = CommandSpec.wrapWithoutInspection(this);

    private final CommandContext context;

    /** @param examples a line each */
    protected Command(CommandContext context, String summary, String... examples) {
        this.context = context;
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

    /** {@code --help}. */
    public static OptionSpec helpOption() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build();
    }

    public final CommandSpec description() {
        return description;
    }

    public final void option(OptionSpec.Builder option) {
        description.addOption(option.build());
    }

    @Override
    public final Integer call() {
        ParseResult parsed = description.commandLine().getParseResult();
        OutputOptions options = OutputOptions.from(parsed);
        return exitCode(new Report(options, context).on(report -> perform(parsed, options, context, report)));
    }

    /** The exit code of a command that has codes of its own; {@code usual} is what it would be otherwise. */
    protected int exitCode(int usual) {
        return usual;
    }

    protected abstract void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception;
}
