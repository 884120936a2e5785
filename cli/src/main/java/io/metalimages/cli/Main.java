package io.metalimages.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The command {@code metal-images}; the launcher of the same name starts it.
 *
 * <p>Exit codes: 0 done, 1 the work failed, 2 wrong use or a wrong definition, 3 this machine lacks something, 4 a
 * remote side failed after retries, 130 interrupted.
 *
 * <p>The command line is described by calls, not by annotations: reading those of a dozen commands by reflection would
 * double the time that {@code --help} takes.
 */
public final class Main {

    private Main() {}

    /** Runs the command that the arguments name, and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandSpec command = CommandSpec.create().name("metal-images").versionProvider(Main::version);
        command.usageMessage()
                .description("Turns a Dockerfile into an operating system that boots on bare metal.")
                .footerHeading("%nExamples:%n")
                .footer("  metal-images --version     which build this is, and the Java that runs it");
        command.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build());
        command.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Show the version and exit.")
                .build());
        CommandLine commandLine = new CommandLine(command);
        commandLine.setExecutionStrategy(parsed -> {
            Integer told = CommandLine.executeHelpRequest(parsed);
            if (told == null) {
                throw new ParameterException(commandLine, "Missing command.");
            }
            return told;
        });
        return commandLine;
    }

    private static String[] version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return new String[] {
            "metal-images " + (version == null ? "(not packaged)" : version),
            "Java " + Runtime.version(),
            "JDK " + System.getProperty("java.home"),
        };
    }
}
