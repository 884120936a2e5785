package io.metalimages.cli.command.test;

import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What a user may ask of a virtual machine: the options that all commands that provision one have in common.
 *
 * @param role {@code machine} or {@code firewall}
 * @param layout a name, or the path of a file
 * @param burn {@code metal-hammer} or {@code tar}
 * @param allocation a name, or the path of a file
 * @param userdata the name of a kind, or the path of a file
 * @param network {@code fabric} or {@code user}
 * @param accelerator {@code auto}, {@code kvm} or {@code tcg}
 * @param memory a number of MiB or GiB, with its unit's letter
 * @param withoutSecurity make what the machine is provisioned with without its distribution's security updates
 */
record MachineOptions(
        Optional<String> role,
        Optional<String> layout,
        Optional<String> burn,
        Optional<String> allocation,
        Optional<String> userdata,
        Optional<String> network,
        Optional<Integer> sshPort,
        Optional<String> accelerator,
        Optional<String> memory,
        boolean withoutSecurity) {

    static final String ACCEL = "--accel";

    private static final String ROLE = "--role";
    private static final String LAYOUT = "--layout";
    private static final String BURN = "--burn";
    private static final String ALLOCATION = "--allocation";
    private static final String USERDATA = "--userdata";
    private static final String NETWORK = "--network";
    private static final String SSH_PORT = "--ssh-port";
    private static final String MEMORY = "--memory";
    private static final String WITHOUT_SECURITY = "--without-security";

    static void addTo(CommandSpec command) {
        add(
                command,
                ROLE,
                "machine|firewall",
                String.class,
                "What the server is to be. Default: what --allocation says, or else firewall for firewall images, and machine "
                        + "for others");
        add(
                command,
                LAYOUT,
                "NAME|FILE",
                String.class,
                "How the disks are laid out: default, lvm, raid1, or a file like those in rack/layouts.");
        add(
                command,
                BURN,
                "metal-hammer|tar",
                String.class,
                "Unpack with metal-hammer's losses (the default), or keep all that the tarball holds.");
        add(
                command,
                ALLOCATION,
                "NAME|FILE",
                String.class,
                "What the server is told of its name, its networks and who may log in: a file in os/tests/allocations, "
                        + "named without .yaml, or one like those. Default: the one with the role's name");
        add(
                command,
                USERDATA,
                "NAME|FILE",
                String.class,
                "What the user gives along: cloud-init, multi-part, script, ignition, ignition-3, none, or a file. "
                        + "Default: cloud-init");
        add(
                command,
                NETWORK,
                "fabric|user",
                String.class,
                "Two leaf switches, or QEMU's user network, which needs no privilege and leaves out what it cannot test. "
                        + "Default: fabric where this machine allows it, else user");
        add(
                command,
                SSH_PORT,
                "PORT",
                Integer.class,
                "With --network user: the port of 127.0.0.1 that leads to the machine's sshd. Default: any that is free");
        add(
                command,
                ACCEL,
                "auto|kvm|tcg",
                String.class,
                "What runs the machine: kvm, the processor; tcg, QEMU's emulation; auto, KVM where it works. "
                        + "Default: METAL_IMAGES_ACCEL, else auto");
        add(command, MEMORY, "SIZE", String.class, "The machine's memory, such as 3G. Default: 2G");
        command.addOption(OptionSpec.builder(WITHOUT_SECURITY)
                .description(
                        "Provision the machine with tools without their distribution's security updates, which is an"
                                + " error otherwise where no archive has them.")
                .build());
    }

    private static void add(CommandSpec command, String name, String value, Class<?> type, String description) {
        command.addOption(OptionSpec.builder(name)
                .type(type)
                .paramLabel(value)
                .description(description)
                .build());
    }

    static MachineOptions from(ParseResult parsed) {
        return new MachineOptions(
                value(parsed, ROLE),
                value(parsed, LAYOUT),
                value(parsed, BURN),
                value(parsed, ALLOCATION),
                value(parsed, USERDATA),
                value(parsed, NETWORK),
                value(parsed, SSH_PORT),
                value(parsed, ACCEL),
                value(parsed, MEMORY),
                parsed.matchedOptionValue(WITHOUT_SECURITY, false));
    }

    private static <T> Optional<T> value(ParseResult parsed, String option) {
        return Optional.ofNullable(parsed.matchedOptionValue(option, null));
    }

    /** Whether the user asks for none of it. */
    boolean isEmpty() {
        return equals(new MachineOptions(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false));
    }
}
