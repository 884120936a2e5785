package io.metalimages.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code metal-images test}. */
final class TestCommand extends Command {

    private static final String ROLE = "--role";
    private static final String LAYOUT = "--layout";
    private static final String BURN = "--burn";
    private static final String USERDATA = "--userdata";
    private static final String MEMORY = "--memory";
    private static final String NETWORK = "--network";
    private static final String REPORTS = "--reports";
    private static final String JUNIT = "--junit";
    private static final String KEEP = "--keep";
    private static final String KEEP_DISKS = "--keep-disks";

    TestCommand(Surroundings surroundings) {
        super(
                surroundings,
                "Provisions a virtual machine with an image as metal-hammer does, attached to two leaf switches; checks "
                        + "the system after kexec and after a reboot through UEFI.",
                "  metal-images test debian/12",
                "  metal-images test debian/12 --layout raid1 --userdata ignition",
                "  metal-images test ./images/debian/12/img.tar.lz4 --json >verdict.json",
                "  metal-images test debian/12 --keep     leaves the machine running, and says how to get in");
        description()
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("IMAGE")
                        .arity("1")
                        .required(true)
                        .type(String.class)
                        .description("debian/12 (below ./images), a path, or a URL.")
                        .build());
        option(OptionSpec.builder(ROLE)
                .type(String.class)
                .paramLabel("machine|firewall")
                .description("What the server is to be. Default: firewall for firewall images, else machine"));
        option(OptionSpec.builder(LAYOUT)
                .type(String.class)
                .paramLabel("NAME|FILE")
                .description("How the disks are laid out: default, lvm, raid1, or a file like those in rack/layouts."));
        option(OptionSpec.builder(BURN)
                .type(String.class)
                .paramLabel("metal-hammer|tar")
                .description("Unpack with metal-hammer's losses (the default), or keep all that the tarball holds."));
        option(OptionSpec.builder(USERDATA)
                .type(String.class)
                .paramLabel("cloud-init|ignition|FILE")
                .description("What the user gives along. Default: cloud-init"));
        option(OptionSpec.builder(NETWORK)
                .type(String.class)
                .paramLabel("fabric|user")
                .description("Two leaf switches (the default), or QEMU's user network, which needs no privilege and "
                        + "leaves out what it cannot test."));
        option(OptionSpec.builder(MEMORY)
                .type(String.class)
                .paramLabel("SIZE")
                .description("The machine's memory, such as 3G. Default: 2G"));
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
        OutputOptions.addProgressTo(description());
        OutputOptions.addTo(description());
    }

    private void option(OptionSpec.Builder option) {
        description().addOption(option.build());
    }

    @Override
    void perform(ParseResult parsed, OutputOptions options, Surroundings surroundings, Report report) throws Exception {
        new TestWork(
                        new TestWork.Wishes(
                                text(parsed, ROLE),
                                text(parsed, LAYOUT),
                                text(parsed, BURN),
                                text(parsed, USERDATA),
                                text(parsed, NETWORK),
                                text(parsed, MEMORY),
                                path(parsed, REPORTS),
                                path(parsed, JUNIT),
                                parsed.matchedOptionValue(KEEP, false),
                                path(parsed, KEEP_DISKS)),
                        options,
                        surroundings)
                .test(parsed.matchedPositionalValue(0, ""), report);
    }

    private static Optional<String> text(ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }

    private static Optional<Path> path(ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }
}
