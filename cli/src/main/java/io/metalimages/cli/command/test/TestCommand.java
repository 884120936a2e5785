package io.metalimages.cli.command.test;

import io.metalimages.cli.command.Command;
import io.metalimages.cli.command.DefinitionsOption;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images test}. */
public final class TestCommand extends Command {

    private static final String REBOOTS = "--reboots";
    private static final String BASELINE = "--baseline";
    private static final String REPORTS = "--reports";
    private static final String JUNIT = "--junit";
    private static final String KEEP = "--keep";
    private static final String KEEP_DISKS = "--keep-disks";

    public TestCommand(CommandContext context) {
        super(
                context,
                "Provisions a virtual machine with an image as metal-hammer does, attached to two leaf switches; checks "
                        + "the system after kexec and after each reboot through UEFI.",
                "  metal-images test debian/12",
                "  metal-images test debian/12 --layout raid1 --userdata ignition",
                "  metal-images test debian/12 --role firewall --memory 3G",
                "  metal-images test debian/12 --allocation ./install.yaml --reboots 3",
                "  metal-images test ./images/debian/12/img.tar.lz4 --json >result.json",
                "  metal-images test debian/12 --keep     leaves the machine running, and says how to get in");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("IMAGE")
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .description("debian/12 (below ./images), a path, or a URL.")
                        .build());
        MachineOptions.addTo(description());
        option(OptionSpec.builder(REBOOTS)
                .type(Integer.class)
                .paramLabel("N")
                .description(
                        "How often the machine reboots from its disk, through UEFI, and is checked again; 0: not at all. "
                                + "Default: 1"));
        option(OptionSpec.builder(BASELINE)
                .description("Measure the system with Lynis and OpenSCAP, too. What fails has to be in "
                        + "os/tests/allowed/baseline. For Debian 12 only"));
        option(OptionSpec.builder(REPORTS)
                .type(Path.class)
                .paramLabel("DIR")
                .description(
                        "Where the console's text and the results go. Default: test, next to the image; for a URL, "
                                + "./test"));
        option(OptionSpec.builder(JUNIT)
                .type(Path.class)
                .paramLabel("FILE")
                .description("Where the results in JUnit's XML go. Default: junit.xml among the reports"));
        option(OptionSpec.builder(KEEP)
                .description("When the checks are done or have failed, leave the machine running until Ctrl-C."));
        option(OptionSpec.builder(KEEP_DISKS)
                .type(Path.class)
                .paramLabel("DIR")
                .description("Put the machine's disks there when it has ended."));
        DefinitionsOption.addTo(description());
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    @Override
    protected void perform(ParseResult parsed, OutputOptions options, CommandContext context, Report report)
            throws Exception {
        new TestWork(
                        new TestWork.Request(
                                MachineOptions.from(parsed),
                                Optional.ofNullable(parsed.matchedOptionValue(REBOOTS, null)),
                                parsed.matchedOptionValue(BASELINE, false),
                                path(parsed, REPORTS),
                                path(parsed, JUNIT),
                                parsed.matchedOptionValue(KEEP, false),
                                path(parsed, KEEP_DISKS)),
                        DefinitionsOption.read(parsed, context),
                        options,
                        context)
                .test(parsed.matchedPositionalValue(0, ""), report);
    }

    private static Optional<Path> path(ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }
}
