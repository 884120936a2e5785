package io.metalimages.rack;

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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a test begins with, read and found to be of use.
 *
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
        List<String> leftOut) {

    /** How what is left out without switches is told; the reason follows. */
    private static final String NEEDS_SWITCHES =
            "BGP, routes, name resolution, time synchronisation, the internet and the loss of a switch: ";

    private record ChosenNetwork(ImageTest.Network network, List<String> leftOut) {}

    /**
     * Finds everything that can be wrong before anything is started.
     *
     * @throws FaultException if something is wrong with the input, or missing on this machine
     */
    static TestInput read(
            ImageTest.Options options, AccelerationProbe probe, WorkDirectory work, Progress progress)
            throws IOException, InterruptedException {
        Layout layout = Layout.read(layoutFile(options));
        layout.requireFitting(Provisioning.DISK_MEBIBYTES);
        Allocation allocation = Allocation.read(
                options.tests().resolve("allocations").resolve(role(options).label() + ".yaml"));
        Userdata kind = userdataKind(options.userdata());
        Optional<String> userdata = userdata(kind, options);
        if (options.sshPort().isPresent()) {
            UserModeNetwork.requireFree(options.sshPort());
        }
        HostRequirements.requireAll(options.memory());
        probe.requireDevice(options.accelerator());
        ChosenNetwork chosen = network(options, work, progress);
        return new TestInput(layout, allocation, kind, userdata, chosen.network(), chosen.leftOut());
    }

    private static Path layoutFile(ImageTest.Options options) {
        Path file = options.home().resolve("rack/layouts").resolve(options.layout() + ".yaml");
        return Files.exists(file) ? file : Path.of(options.layout());
    }

    private static Role role(ImageTest.Options options) {
        return options.role().orElse(options.name().startsWith(Role.FIREWALL.label()) ? Role.FIREWALL : Role.MACHINE);
    }

    private static Userdata userdataKind(String label) {
        return Stream.of(Userdata.values())
                .filter(kind -> kind != Userdata.OTHER)
                .filter(kind -> kind.label().equals(label))
                .findFirst()
                .orElse(Userdata.OTHER);
    }

    private static Optional<String> userdata(Userdata kind, ImageTest.Options options) throws IOException {
        Path directory = options.tests().resolve("userdata");
        return switch (kind) {
            case CLOUD_INIT -> Optional.of(Files.readString(directory.resolve("cloud-init.yaml")));
            case IGNITION -> Optional.of(Files.readString(directory.resolve("ignition.json")));
            case OTHER -> Optional.of(userdata(Path.of(options.userdata())));
            case NONE -> Optional.empty();
        };
    }

    private static String userdata(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw FaultException.wrongInput(
                    "There is no userdata " + file + ".", "Name cloud-init, ignition, none, or a file.");
        }
        return Files.readString(file);
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
