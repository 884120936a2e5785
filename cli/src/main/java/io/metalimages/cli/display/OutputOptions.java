package io.metalimages.cli.display;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** How a command talks: the options that all commands have in common. */
public record OutputOptions(boolean json, boolean quiet, boolean verbose, ProgressMode progressMode) {

    private static final String JSON = "--json";
    private static final String QUIET = "--quiet";
    private static final String VERBOSE = "--verbose";
    private static final String PROGRESS = "--progress";

    /** What progress looks like. */
    enum ProgressMode {
        /** A live view on a terminal, plain lines elsewhere. */
        AUTO,
        PLAIN,
        TTY,
        /** BuildKit's events, as one JSON object each. */
        RAWJSON,
        QUIET
    }

    public static void addTo(CommandSpec command) {
        command.addOption(OptionSpec.builder(JSON)
                .description("Print the result, or the error, as one JSON object on standard output.")
                .build());
        command.addOption(OptionSpec.builder("-q", QUIET)
                .description("Print nothing but errors and the bare result.")
                .build());
        command.addOption(OptionSpec.builder("-v", VERBOSE)
                .description("Print more: all output of steps, why each one runs, and the stack trace of a bug.")
                .build());
    }

    /** The same with the modes that {@code docker build} has. */
    public static void addDockerProgressTo(CommandSpec command) {
        command.addOption(OptionSpec.builder(PROGRESS)
                .type(ProgressMode.class)
                .paramLabel("auto|plain|tty|rawjson|quiet")
                .description(
                        "How to show progress: as for build, as BuildKit's events in JSON (rawjson), or not at all.")
                .build());
    }

    public static void addProgressTo(CommandSpec command) {
        command.addOption(OptionSpec.builder(PROGRESS)
                .type(ProgressMode.class)
                .paramLabel("auto|plain|tty")
                .description("How to show progress: live on a terminal (tty), line by line (plain), or whichever fits "
                        + "(auto, the default). NO_COLOR, CI and TERM=dumb are respected.")
                .build());
    }

    public static OutputOptions from(ParseResult parsed) {
        return new OutputOptions(
                isGiven(parsed, JSON),
                isGiven(parsed, QUIET),
                isGiven(parsed, VERBOSE),
                parsed.commandSpec().findOption(PROGRESS) == null
                        ? ProgressMode.AUTO
                        : parsed.matchedOptionValue(PROGRESS, ProgressMode.AUTO));
    }

    private static boolean isGiven(ParseResult parsed, String option) {
        return parsed.commandSpec().findOption(option) != null && parsed.matchedOptionValue(option, false);
    }

    /** What can be told of the options from arguments that could not be parsed. */
    public static OutputOptions guessedFrom(List<String> arguments) {
        return new OutputOptions(
                arguments.contains(JSON), arguments.contains(QUIET), arguments.contains(VERBOSE), ProgressMode.AUTO);
    }
}
