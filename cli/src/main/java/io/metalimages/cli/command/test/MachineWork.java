package io.metalimages.cli.command.test;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.ImageTest;
import io.metalimages.rack.RackImages;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.provisioning.Burn;
import io.metalimages.rack.provisioning.InitialDisks;
import io.metalimages.rack.provisioning.Role;
import io.metalimages.rack.provisioning.Userdata;
import io.metalimages.supplychain.statement.Provenance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns what a user asks of a virtual machine into what the rack provisions. */
final class MachineWork {

    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,5})([MG])", Pattern.CASE_INSENSITIVE);
    private static final int USUAL_MEMORY = 2048;

    /** With less, the hammer has no room to unpack an image. */
    private static final int LEAST_MEMORY = 1024;

    private static final int LARGEST_PORT = 65_535;

    /** The environment variable that stands in for {@link MachineOptions#ACCEL}. */
    private static final String ACCEL = "METAL_IMAGES_ACCEL";

    private final MachineOptions request;
    private final Definitions definitions;
    private final CommandContext context;

    /** @param definitions those of which an image may have checks of its own */
    MachineWork(MachineOptions request, Definitions definitions, CommandContext context) {
        this.definitions = definitions;
        this.request = request;
        this.context = context;
    }

    /**
     * What is to be provisioned.
     *
     * @param image what the user calls it
     * @param extent of a test
     * @param reports where the console's text goes
     * @param disks where the disks go when the machine has ended
     * @throws FaultException if the user asks for what there is not
     */
    ImageTest.Options wanted(
            String image, ArtifactLocation location, ImageTest.Extent extent, Path reports, Optional<Path> disks)
            throws IOException {
        String name = Provenance.of(location)
                .flatMap(Provenance::image)
                .or(() -> ImageArgument.nameOf(location))
                .orElse(image);
        Optional<ImageTest.Network> network = choice("--network", request.network(), ImageTest.Network.class);
        return new ImageTest.Options(
                name,
                location,
                context.home(),
                definitions.named(name).flatMap(Definition::checks),
                choice("--role", request.role(), Role.class),
                request.layout().orElse("default"),
                choice("--burn", request.burn(), Burn.class).orElse(Burn.METAL_HAMMER),
                request.allocation(),
                request.userdata().orElse(Userdata.CLOUD_INIT.label()),
                network,
                accelerator(),
                sshPort(network),
                request.memory().map(MachineWork::mebibytes).orElse(USUAL_MEMORY),
                extent,
                reports,
                new InitialDisks.Blank(disks));
    }

    private Accelerator accelerator() {
        Optional<String> option = request.accelerator();
        return choice(
                        option.isPresent() ? MachineOptions.ACCEL : ACCEL,
                        option.or(
                                () -> Optional.ofNullable(context.environment().get(ACCEL))
                                        .filter(value -> !value.isEmpty())),
                        Accelerator.class)
                .orElse(Accelerator.AUTO);
    }

    /** One of an enum's constants, by its name in lower case and with hyphens. */
    private static <E extends Enum<E>> Optional<E> choice(String option, Optional<String> text, Class<E> type) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        for (E constant : type.getEnumConstants()) {
            if (name(constant).equals(text.get())) {
                return Optional.of(constant);
            }
        }
        throw FaultException.wrongInput(
                option + " " + text.get() + ": there is no such choice.",
                "Choose one of: "
                        + Stream.of(type.getEnumConstants())
                                .map(MachineWork::name)
                                .collect(Collectors.joining(", ")));
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private OptionalInt sshPort(Optional<ImageTest.Network> network) {
        if (request.sshPort().isEmpty()) {
            return OptionalInt.empty();
        }
        int port = request.sshPort().get();
        if (network.isEmpty() || network.get() != ImageTest.Network.USER) {
            throw FaultException.wrongInput(
                    "--ssh-port is for QEMU's user network only: behind switches the machine has addresses of its own.",
                    "Add --network user, or leave --ssh-port out.");
        }
        if (port < 1 || port > LARGEST_PORT) {
            throw FaultException.wrongInput(
                    "--ssh-port " + port + " is no port.", "Give a number from 1 to " + LARGEST_PORT + ".");
        }
        return OptionalInt.of(port);
    }

    private static int mebibytes(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw FaultException.wrongInput("--memory " + text + " is no size.", "Write it as 2048M or 2G.");
        }
        int unit = size.group(2).equalsIgnoreCase("G") ? 1024 : 1;
        int mebibytes = Integer.parseInt(size.group(1)) * unit;
        if (mebibytes < LEAST_MEMORY) {
            throw FaultException.wrongInput(
                    "--memory " + text + " is too little to install an image.", "Give at least " + LEAST_MEMORY + "M.");
        }
        return mebibytes;
    }

    /** A test, not started yet, whose machinery is built with what {@code state} has. */
    ImageTest test(ImageTest.Options wanted, StateDirectory state, WorkDirectory work, Display display)
            throws IOException {
        SnapshotStore snapshots =
                SnapshotStore.open(state, work, note -> display.report(new Progress.Event.Note(note)));
        ImageBuilder builder = new ImageBuilder(
                definitions,
                state,
                work,
                snapshots,
                new BuildOptions(false, false, request.withoutSecurity(), Network.OUTGOING, StepLimits.USUAL),
                context.environment());
        return new ImageTest(wanted, new RackImages(context.home(), builder, snapshots, work), state, work, display);
    }
}
