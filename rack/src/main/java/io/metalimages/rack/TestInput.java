package io.metalimages.rack;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.machine.AccelerationProbe;
import io.metalimages.rack.machine.HostRequirements;
import io.metalimages.rack.network.Fabric;
import io.metalimages.rack.network.UserModeNetwork;
import io.metalimages.rack.provisioning.Allocation;
import io.metalimages.rack.provisioning.Layout;
import io.metalimages.rack.provisioning.Role;
import io.metalimages.rack.provisioning.Userdata;
import io.metalimages.supplychain.statement.TestProfile;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a test begins with, read and found to be of use.
 *
 * @param inputs the files that it is read from
 * @param userdata what is given along; empty for none
 * @param network the one that was asked for, or that this machine can have
 * @param leftOut what can't be looked at in this network, and why
 */
record TestInput(
        Layout layout,
        Allocation allocation,
        Userdata userdataKind,
        Optional<String> userdata,
        ImageTest.Network network,
        Inputs inputs,
        List<String> leftOut) {

    /** Files by what this repository calls them. */
    record Inputs(TestSetup.Input layout, TestSetup.Input allocation, Optional<TestSetup.Input> userdata) {}

    /** How what is left out without switches is told; the reason follows. */
    private static final String NEEDS_SWITCHES =
            "BGP, routes, name resolution, time synchronisation, the internet and the loss of a switch: ";

    private static final String ALLOCATIONS = "allocations";
    private static final String YAML = ".yaml";

    private record ChosenNetwork(ImageTest.Network network, List<String> leftOut) {}

    /**
     * Finds everything that can be wrong before anything is started.
     *
     * @throws FaultException if something is wrong with the input, or missing on this machine
     */
    static TestInput read(ImageTest.Options options, AccelerationProbe probe, WorkDirectory work, Progress progress)
            throws IOException, InterruptedException {
        NamedFile layoutFile = layoutFile(options);
        Layout layout = Layout.read(layoutFile.file());
        layout.requireFitting(Provisioning.DISK_MEBIBYTES);
        NamedFile allocationFile = allocationFile(options);
        Allocation allocation = Allocation.read(allocationFile.file());
        requireRole(options.role(), allocation);
        allocation.requireConsole(Provisioning.SERIAL_CONSOLE);
        Userdata kind = Userdata.named(options.userdata()).orElse(Userdata.OTHER);
        Optional<String> userdata = userdata(kind, options);
        if (options.sshPort().isPresent()) {
            UserModeNetwork.requireFree(options.sshPort());
        }
        HostRequirements.requireAll(options.memory());
        probe.requireDevice(options.accelerator());
        ChosenNetwork chosen = network(options, work, progress);
        List<String> leftOut = new ArrayList<>(chosen.leftOut());
        if (options.extent().reboots() == 0) {
            leftOut.add("The boot through UEFI and GRUB: no reboot was asked for.");
        }
        if (kind == Userdata.OTHER) {
            leftOut.add("Who can log in: the userdata of the user's own may let others.");
        }
        Inputs inputs = new Inputs(
                layoutFile.input(),
                allocationFile.input(),
                userdata.map(text -> new TestSetup.Input(kind.label(), Digest.of(text))));
        return new TestInput(layout, allocation, kind, userdata, chosen.network(), inputs, List.copyOf(leftOut));
    }

    private record NamedFile(String name, Path file) {
        TestSetup.Input input() throws IOException {
            return new TestSetup.Input(name, Digest.ofFile(file));
        }
    }

    private static NamedFile layoutFile(ImageTest.Options options) {
        Path file = options.home().resolve("rack/layouts").resolve(options.layout() + YAML);
        return Files.exists(file)
                ? new NamedFile(options.layout(), file)
                : new NamedFile(TestSetup.OTHER, Path.of(options.layout()));
    }

    private static NamedFile allocationFile(ImageTest.Options options) throws IOException {
        Path directory = options.tests().resolve(ALLOCATIONS);
        String named = options.allocation().orElse(role(options).label());
        Path file = directory.resolve(named + YAML);
        if (options.allocation().isEmpty() || Files.isRegularFile(file)) {
            return new NamedFile(named, file);
        }
        if (!Files.isRegularFile(Path.of(named))) {
            throw FaultException.wrongInput(
                    "There is no allocation " + named + ".",
                    "Name " + String.join(", ", allocations(directory)) + ", or a file.");
        }
        return new NamedFile(TestSetup.OTHER, Path.of(named));
    }

    private static List<String> allocations(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(YAML))
                    .map(name -> name.substring(0, name.length() - YAML.length()))
                    .sorted()
                    .toList();
        }
    }

    private static Role role(ImageTest.Options options) {
        return options.role()
                .orElse(TestProfile.required(options.name()) == TestProfile.FIREWALL ? Role.FIREWALL : Role.MACHINE);
    }

    private static void requireRole(Optional<Role> asked, Allocation allocation) {
        if (asked.isPresent() && asked.get() != allocation.role()) {
            throw FaultException.wrongInput(
                    "--role " + asked.get().label() + " contradicts the allocation, which is that of a "
                            + allocation.role().label() + ".",
                    "Leave out --role or --allocation.");
        }
    }

    private static Optional<String> userdata(Userdata kind, ImageTest.Options options) throws IOException {
        if (kind == Userdata.NONE) {
            return Optional.empty();
        }
        Path file = kind.file()
                .map(name -> options.tests().resolve("userdata").resolve(name))
                .orElseGet(() -> Path.of(options.userdata()));
        if (!Files.isRegularFile(file)) {
            throw FaultException.wrongInput(
                    "There is no userdata " + file + ".",
                    "Name " + String.join(", ", Userdata.labels()) + ", or a file.");
        }
        return Optional.of(Files.readString(file));
    }

    private static ChosenNetwork network(ImageTest.Options options, WorkDirectory work, Progress progress)
            throws IOException, InterruptedException {
        if (options.network().isPresent()) {
            return new ChosenNetwork(
                    options.network().get(),
                    options.network().get() == ImageTest.Network.USER
                            ? List.of(NEEDS_SWITCHES + "the network is the one that QEMU imitates, as was asked for.")
                            : List.of());
        }
        Optional<String> obstacle = Fabric.obstacle(work);
        if (obstacle.isEmpty()) {
            return new ChosenNetwork(ImageTest.Network.FABRIC, List.of());
        }
        progress.report(new Progress.Event.Note("The network is the one that QEMU imitates. " + obstacle.get()));
        return new ChosenNetwork(ImageTest.Network.USER, List.of(NEEDS_SWITCHES + obstacle.get()));
    }
}
