package io.metalimages.cli.command.test;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images shell}. */
public final class ShellCommand extends Command {

    private static final String STEP = "--step";
    private static final String VM = "--vm";

    public ShellCommand(CommandContext context) {
        super(
                context,
                "Opens a shell in an image as metal-hammer unpacks it, or a virtual machine's console, or a shell in what a "
                        + "failed step left. What is changed there is lost. Ends with the exit status of what ran.",
                "  metal-images shell debian/12                    a shell in the burned image, as a RUN step has it",
                "  metal-images shell debian/12 -- dpkg -l         a command instead",
                "  metal-images shell debian/12 --vm               installs a machine, and shows its console",
                "  metal-images shell debian/12 --vm --layout lvm",
                "  metal-images shell --step 4f0c9a7d21be          where a build has failed");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .index("0")
                        .paramLabel("IMAGE")
                        .arity("0..1")
                        .type(String.class)
                        .description("debian/12 (below ./images), a path, or a URL.")
                        .build());
        description()
                .addPositional(PositionalParamSpec.builder()
                        .index("1..*")
                        .paramLabel("COMMAND")
                        .arity("0..*")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .description("What to run in place of a shell; one with options follows on --.")
                        .build());
        description()
                .addOption(OptionSpec.builder(VM)
                        .description(
                                "Provision a virtual machine as test does, and connect the terminal with its console.")
                        .build());
        description()
                .addOption(OptionSpec.builder(STEP)
                        .type(String.class)
                        .paramLabel("KEY")
                        .description("The step's key, or how it begins; build shows it when a step has failed.")
                        .build());
        MachineOptions.addTo(description());
        OutputOptions.addProgressTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        Optional<String> step = Optional.ofNullable(parsed.matchedOptionValue(STEP, null));
        Optional<String> image = Optional.ofNullable(parsed.matchedPositionalValue(0, null));
        List<String> command = parsed.matchedPositionalValue(1, List.of());
        boolean isMachine = parsed.matchedOptionValue(VM, false);
        MachineOptions machine = MachineOptions.from(parsed);
        ShellWork.refuse(
                step.isPresent() && (image.isPresent() || isMachine), "--step goes with no IMAGE and no --vm.");
        ShellWork.refuse(step.isEmpty() && image.isEmpty(), "There is neither an IMAGE nor a --step.");
        ShellWork.refuse(
                isMachine && !command.isEmpty(), "--vm goes with no COMMAND: what is shown is the machine's console.");
        ShellWork.refuse(
                !isMachine && !machine.isEmpty(), "The options of a machine, such as --role and --layout, need --vm.");

        ShellWork work = new ShellWork(options, context);
        if (step.isPresent()) {
            report.exitWith(work.openStep(step.get()));
        } else if (isMachine) {
            work.openConsole(image.orElseThrow(), machine);
        } else {
            report.exitWith(work.openImage(image.orElseThrow(), command));
        }
    }
}
