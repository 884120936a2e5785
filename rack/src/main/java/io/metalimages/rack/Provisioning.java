package io.metalimages.rack;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.machine.AccelerationException;
import io.metalimages.rack.machine.AccelerationProbe;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.machine.Disk;
import io.metalimages.rack.machine.Hardware;
import io.metalimages.rack.machine.Launcher;
import io.metalimages.rack.machine.Machine;
import io.metalimages.rack.machine.SecureShell;
import io.metalimages.rack.machine.TestMachine;
import io.metalimages.rack.network.FabricNetwork;
import io.metalimages.rack.network.GuestNetwork;
import io.metalimages.rack.network.UserModeNetwork;
import io.metalimages.rack.provisioning.Hammer;
import io.metalimages.rack.provisioning.HammerTask;
import io.metalimages.rack.provisioning.InitialDisks;
import io.metalimages.rack.provisioning.Layout;
import io.metalimages.rack.provisioning.MachineFacts;
import io.metalimages.rack.provisioning.Shell;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Puts an image on a machine: sets the machine up with its network, and has the hammer do its task in it. Not thread-safe.
 */
final class Provisioning {

    /**
     * A place for one machine, which is about to be started.
     *
     * @param builds is told of what is built for it
     */
    record Site(
            Hammer hammer,
            GuestNetwork network,
            Path scratch,
            Acceleration acceleration,
            MachineFacts facts,
            Progress builds) {}

    /** What is done with a machine when the hammer has done its task. */
    @FunctionalInterface
    interface Use {
        void of(TestMachine machine) throws IOException, InterruptedException;
    }

    /** What is done before the machine is started; returns what is done with it afterwards. */
    @FunctionalInterface
    interface Preparation {
        Use on(Site site) throws IOException, InterruptedException;
    }

    /** The phase in which the machine's surroundings are built. Whatever fails in it is not the image's fault. */
    static final String RACK = "rack";

    /** The password of the machine's user. */
    static final String PASSWORD = "a-Password-4-the-console";

    private static final String HAMMER = "start hammer";
    private static final int PROCESSORS = 2;
    /** Of each disk. */
    static final long DISK_MEBIBYTES = 12 * 1024;

    /** Where the rack listens. */
    static final MachineFacts.Console SERIAL_CONSOLE = new MachineFacts.Console(0, 115_200);

    private final ImageTest.Options options;
    private final RackImages images;
    private final AccelerationProbe probe;
    private final WorkDirectory work;
    private final Progress progress;
    private Optional<Acceleration> acceleration = Optional.empty();
    private Optional<TestSetup.Hammer> hammer = Optional.empty();

    Provisioning(
            ImageTest.Options options,
            RackImages images,
            AccelerationProbe probe,
            WorkDirectory work,
            Progress progress) {
        this.options = options;
        this.images = images;
        this.probe = probe;
        this.work = work;
        this.progress = progress;
    }

    /** How the machine is run; empty until it is known. */
    Optional<Acceleration> acceleration() {
        return acceleration;
    }

    /** What provisions the machine; empty until it is known. */
    Optional<TestSetup.Hammer> hammer() {
        return hammer;
    }

    /** The phases that {@link #provide} begins and ends, in their order. */
    List<String> phases(HammerTask.Then then) {
        List<String> names = new ArrayList<>(List.of(RACK, HAMMER));
        names.addAll(
                switch (options.disks()) {
                    case InitialDisks.Blank blank -> HammerTask.INSTALLATION;
                    case InitialDisks.Burned burned -> HammerTask.MODIFICATION;
                });
        names.addAll(then.phases());
        return names;
    }

    /**
     * Provisions a machine, has it used, and switches it off. If KVM stops the machine before the last phase has ended, all
     * is done once more from blank disks on, by emulation: {@code preparation} and its use, too.
     *
     * @throws FaultException if the machine can't be provisioned, or {@code preparation} or its use throw it; also if KVM
     *     stops the machine and has been asked for, or it is too late to start over
     */
    void provide(TestInput input, HammerTask.Then then, PhaseTracker phases, Preparation preparation)
            throws IOException, InterruptedException {
        try {
            provideOnce(input, then, phases, preparation);
        } catch (AccelerationException stop) {
            if (options.accelerator() == Accelerator.KVM) {
                probe.disprove(stop);
                throw AccelerationProbe.useless(stop.reason());
            }
            if (phases.areOver()) {
                probe.disprove(stop);
                throw new FaultException(
                        FaultException.Category.FAILED_WORK,
                        stop.getMessage() + ".",
                        "Run it by emulation: --accel tcg",
                        stop);
            }
            provideByEmulation(stop, input, then, phases, preparation);
        }
    }

    private void provideByEmulation(
            AccelerationException stop,
            TestInput input,
            HammerTask.Then then,
            PhaseTracker phases,
            Preparation preparation)
            throws IOException, InterruptedException {
        if (stop.isCertain()) {
            probe.disprove(stop);
        }
        Optional<String> where = phases.startOver(RACK);
        progress.report(new Progress.Event.Note(
                "The virtual machine stopped under KVM%s (%s). It starts over, with QEMU emulating the processor."
                        .formatted(where.map(phase -> " in its phase " + phase).orElse(""), stop.reason())));
        acceleration = Optional.of(Acceleration.tcg(stop.reason()));
        Files.deleteIfExists(options.console());
        Files.deleteIfExists(options.journal());
        try {
            provideOnce(input, then, phases, preparation);
        } finally {
            // A system that gets no further by emulation, either, was not stopped by KVM.
            if (!stop.isCertain() && where.map(phases::hasEnded).orElse(true)) {
                probe.disprove(stop);
            }
        }
    }

    private void provideOnce(TestInput input, HammerTask.Then then, PhaseTracker phases, Preparation preparation)
            throws IOException, InterruptedException {
        phases.begin(RACK);
        Progress builds = event -> tell(event, phases);
        try (SnapshotStore.View hammerRoot = images.hammer(builds);
                GuestNetwork network = open(input, builds)) {
            Hammer files = new Hammer(hammerRoot.root());
            hammer = Optional.of(new TestSetup.Hammer(Digest.ofFile(files.kernel()), Digest.ofFile(files.initramfs())));
            Path scratch = work.newDirectory("test");
            Acceleration how = acceleration(files, network);
            SecureShell shell = network.shell(work, input.allocation().address());
            Optional<SecureShell> shellWithoutRoutes = network.shellWithoutRoutes(work);
            MachineFacts facts =
                    facts(network, input.layout(), Stream.concat(Stream.of(shell), shellWithoutRoutes.stream()));
            Use use = preparation.on(new Site(files, network, scratch, how, facts, builds));
            HammerTask task = task(input, facts, network, then);
            phases.end();
            Hardware hardware = hardware(input.layout(), network);
            phases.begin(HAMMER);
            Machine provisioned = files.run(
                    task,
                    new Hammer.Service(network.server(), network.serverUrl(), network.cardAddress()),
                    hardware,
                    how,
                    network.launcher(),
                    new HammerPhases(phases));
            try (TestMachine machine =
                    new TestMachine(provisioned, how, network.launcher(), shell, shellWithoutRoutes)) {
                if (phases.isRunning()) {
                    phases.end();
                }
                use.of(machine);
            }
        }
    }

    private Acceleration acceleration(Hammer files, GuestNetwork network) throws IOException, InterruptedException {
        if (acceleration.isEmpty()) {
            acceleration = Optional.of(probe.choose(
                    options.accelerator(),
                    files.probe(),
                    network.launcher(),
                    work.newDirectory("probe"),
                    note -> progress.report(new Progress.Event.Note(note))));
        }
        return acceleration.get();
    }

    private HammerTask task(TestInput input, MachineFacts facts, GuestNetwork network, HammerTask.Then then) {
        return switch (options.disks()) {
            case InitialDisks.Blank blank ->
                HammerTask.installation(
                        input.layout(),
                        options.burn(),
                        options.image().tarball(),
                        input.allocation().installYaml(facts),
                        input.userdata(),
                        network.cardAddress(),
                        then);
            case InitialDisks.Burned(Path directory, String change) ->
                HammerTask.modification(input.layout(), authorization(facts) + change, then);
        };
    }

    /** Writes the keys with which this test gets in, where those of the test that burned the disks are. */
    private static String authorization(MachineFacts facts) {
        return Shell.command("printf", "%s\\n", String.join("\n", facts.publicKeys())) + " >/home/" + SecureShell.USER
                + "/.ssh/authorized_keys\n";
    }

    /** What is built for the rack is told as if it were said by the phase that waits for it. */
    private static void tell(Progress.Event event, PhaseTracker phases) {
        switch (event) {
            case Progress.Event.Started(Step step, String reason) -> phases.said(step.name());
            case Progress.Event.Output(Step step, String line) -> phases.said(line);
            case Progress.Event.Note(String message) -> phases.said(message);
            case Progress.Event.Planned planned -> {}
            case Progress.Event.Cached cached -> {}
            case Progress.Event.Finished finished -> {}
            case Progress.Event.Failed failed -> {}
        }
    }

    private GuestNetwork open(TestInput input, Progress builds) throws IOException, InterruptedException {
        return switch (input.network()) {
            case FABRIC ->
                FabricNetwork.open(
                        work, images.fabric(builds).root(), input.allocation().overlay());
            case USER -> UserModeNetwork.open(Launcher.plain(work.launcher()), options.sshPort());
        };
    }

    private static MachineFacts facts(GuestNetwork network, Layout layout, Stream<SecureShell> shells) {
        return new MachineFacts(
                UUID.randomUUID().toString(),
                shells.map(SecureShell::publicKey).toList(),
                PASSWORD,
                SERIAL_CONSOLE,
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                layout.isRaid(),
                network.ports(),
                network.dnsServers(),
                network.ntpServers());
    }

    private Hardware hardware(Layout layout, GuestNetwork network) throws IOException, InterruptedException {
        Path directory = work.newDirectory("machine");
        List<Disk> disks = new ArrayList<>();
        for (Layout.Device device : layout.disks()) {
            disks.add(disk(device, directory, network.launcher()));
        }
        return new Hardware(
                PROCESSORS,
                options.memory(),
                disks,
                network.cards(),
                directory,
                options.console().toAbsolutePath());
    }

    /** Disks whose content somebody wants are made where they are wanted. */
    private Disk disk(Layout.Device device, Path directory, Launcher launcher)
            throws IOException, InterruptedException {
        String name = Path.of(device.device()).getFileName().toString();
        Disk.Bus bus = Layout.bus(device.device()).orElseThrow();
        return switch (options.disks()) {
            case InitialDisks.Blank(Optional<Path> kept) -> {
                Path file = Files.createDirectories(kept.orElse(directory)).resolve(name + ".raw");
                Files.deleteIfExists(file);
                yield Disk.blank(file, DISK_MEBIBYTES << 20, bus);
            }
            case InitialDisks.Burned(Path burned, String change) ->
                new Disk(burned.resolve(name + ".raw"), Disk.Format.RAW, bus)
                        .overlay(directory.resolve(name + ".qcow2"), launcher);
        };
    }

    /** The hammer's phases are phases of the test. */
    private record HammerPhases(PhaseTracker phases) implements Hammer.Listener {

        @Override
        public void begun(String phase) {
            if (phases.isRunning()) {
                phases.end();
            }
            phases.begin(phase);
        }

        @Override
        public void ended(String phase, Duration duration) {
            phases.end();
        }

        @Override
        public void said(String line) {
            phases.said(line);
        }
    }
}
