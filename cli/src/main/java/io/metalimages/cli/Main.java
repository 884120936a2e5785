package io.metalimages.cli;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.build.BuildCommand;
import io.metalimages.cli.command.build.ListCommand;
import io.metalimages.cli.command.build.NewCommand;
import io.metalimages.cli.command.cache.CacheCommand;
import io.metalimages.cli.command.check.CheckCommand;
import io.metalimages.cli.command.check.DiffCommand;
import io.metalimages.cli.command.docker.DockerBuildCommand;
import io.metalimages.cli.command.docker.DockerMakeCommand;
import io.metalimages.cli.command.push.PushCommand;
import io.metalimages.cli.command.register.RegisterCommand;
import io.metalimages.cli.command.sign.SignCommand;
import io.metalimages.cli.command.sign.VerifyCommand;
import io.metalimages.cli.command.store.CatalogCommand;
import io.metalimages.cli.command.store.PruneCommand;
import io.metalimages.cli.command.store.PublishCommand;
import io.metalimages.cli.command.store.ReleaseCommand;
import io.metalimages.cli.command.test.ShellCommand;
import io.metalimages.cli.command.test.TestCommand;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Interruption;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.cli.output.Report;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The command {@code metal-images}; the launcher of the same name starts it.
 *
 * <p>Exit codes: 0 done, 1 the work failed, 2 wrong use or a wrong definition, 3 this machine lacks something, 4 a
 * remote side failed after retries, 130 interrupted.
 *
 * <p>The command line is described by calls, not by annotations: reading those of a dozen commands by reflection would
 * double the time that {@code --help} takes. For the same reason the classes that describe commands are other ones than
 * those that do the work.
 */
public final class Main {

    static {
        // Otherwise picocli looks for Groovy in each library, and prepares to read types that no option has.
        System.setProperty("picocli.disable.closures", "true");
        System.setProperty("picocli.converters.excludes", "java\\.(sql|time)\\..*");
    }

    private Main() {}

    /** Runs the command that the arguments name, and exits with its code. */
    public static void main(String[] arguments) {
        Interruption interruption = new Interruption();
        CommandContext context = new CommandContext(
                System.getenv(),
                System.out,
                System.err,
                Path.of(System.getProperty("metal-images.home", "")),
                interruption);
        CommandLine commandLine = commandLine(context);
        int exitCode = commandLine.execute(arguments);
        interruption.workEnded();
        // A command may leave threads behind; help does not, and System.exit looks for a logger in each library.
        if (exitCode != ExitCode.DONE || !toldOnlyHelp(commandLine)) {
            System.exit(exitCode);
        }
    }

    private static boolean toldOnlyHelp(CommandLine commandLine) {
        for (CommandLine command : commandLine.getParseResult().asCommandLineList()) {
            if (command.isUsageHelpRequested() || command.isVersionHelpRequested()) {
                return true;
            }
        }
        return false;
    }

    public static CommandLine commandLine(CommandContext context) {
        CommandSpec command = CommandSpec.create().name("metal-images").versionProvider(Main::version);
        command.usageMessage()
                .description("Turns a Dockerfile into an operating system that boots on bare metal.")
                .footerHeading("%nExamples:%n")
                .footer(
                        "  metal-images list                which images there are to build",
                        "  metal-images build debian/12     makes images/debian/12/img.tar.lz4",
                        "  metal-images build --help        what else build can do");
        command.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(ExitCode.meanings());
        command.addOption(Command.helpOption());
        command.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Show the version and exit.")
                .build());
        command.addSubcommand("build", new BuildCommand(context).description());
        command.addSubcommand("docker-build", new DockerBuildCommand(context).description());
        command.addSubcommand("docker-make", new DockerMakeCommand(context).description());
        command.addSubcommand("check", new CheckCommand(context).description());
        command.addSubcommand("test", new TestCommand(context).description());
        command.addSubcommand("shell", new ShellCommand(context).description());
        command.addSubcommand("sign", new SignCommand(context).description());
        command.addSubcommand("verify", new VerifyCommand(context).description());
        command.addSubcommand("push", new PushCommand(context).description());
        command.addSubcommand("publish", new PublishCommand(context).description());
        command.addSubcommand("diff", new DiffCommand(context).description());
        command.addSubcommand("register", new RegisterCommand(context).description());
        command.addSubcommand("release", new ReleaseCommand(context).description());
        command.addSubcommand("prune", new PruneCommand(context).description());
        command.addSubcommand("catalog", new CatalogCommand(context).description());
        command.addSubcommand("cache", CacheCommand.description(context));
        command.addSubcommand("new", new NewCommand(context).description());
        command.addSubcommand("list", new ListCommand(context).description());
        CommandLine commandLine = new CommandLine(command);
        commandLine
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF))
                .setOut(new PrintWriter(context.output(), true, context.output().charset()))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((misuse, arguments) ->
                        new Report(OutputOptions.guessedFrom(List.of(arguments)), context).tell(misuse));
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
