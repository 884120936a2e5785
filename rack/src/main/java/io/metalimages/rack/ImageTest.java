package io.metalimages.rack;

import io.metalimages.artifact.ArtifactCheck;
import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.CheckReport;
import io.metalimages.artifact.OsRelease;
import io.metalimages.engine.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Snapshots;
import io.metalimages.engine.Step;
import io.metalimages.engine.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Tests an image as a real machine meets it.
 *
 * <p>The order of events: the artifact is held against the contract; a machine with blank disks boots the hammer, which
 * burns the image, runs its installer, and starts its kernel by kexec; the system that came up is checked, with both
 * switches, with each of them alone; the machine reboots from its disk through UEFI and GRUB, and is checked again; and if
 * its layout is such that it can do without any one of its disks, it is started without each of them. A check that fails
 * does not keep the others from being made. Not thread-safe.
 */
public final class ImageTest {

    /** How the machine is connected. */
    public enum Network {
        /** To two leaf switches. */
        FABRIC,
        /** To a network that QEMU imitates. */
        USER
    }

    /**
     * What to test, and how.
     *
     * @param name what the user calls the image
     * @param home the checkout
     * @param role empty for what the image's name says
     * @param layout a name in {@code rack/layouts}, or a file
     * @param userdata {@code cloud-init}, {@code ignition} or {@code none}, or a file
     * @param network empty for switches where there can be some, and QEMU's network where not
     * @param sshPort of this machine's loopback address, which leads to the virtual one in QEMU's network; empty for any
     * @param memory of the machine, in MiB
     * @param reports where the console's text goes
     * @param disks where the machine's disks go when it has ended
     */
    public record Options(
            String name,
            ArtifactLocation image,
            Path home,
            Optional<Role> role,
            String layout,
            Burn burn,
            String userdata,
            Optional<Network> network,
            OptionalInt sshPort,
            int memory,
            Path reports,
            Optional<Path> disks) {

        /** All that the machine writes to its serial console. */
        public Path console() {
            return reports.resolve("console.log");
        }
    }

    /**
     * How a person gets into a machine that runs.
     *
     * @param secureShell a command that logs the user in, when the machine has booted
     * @param console a command that connects the terminal it is run on with the machine's serial console, until Ctrl-]
     * @param password for the console, and for sudo
     */
    public record Access(List<String> secureShell, List<String> console, String user, String password) {

        /** A command as it is typed into a shell. */
        public static String typed(List<String> command) {
            return Shell.command(command.stream());
        }
    }

    /** Lets a machine go on for as long as somebody wants. */
    @FunctionalInterface
    public interface Keeper {
        void keep(Access access, TestReport report) throws IOException, InterruptedException;
    }

    /** Connects a person with a machine, and returns when the person has left it or it has ended. */
    @FunctionalInterface
    public interface Visit {
        void to(Access access) throws IOException, InterruptedException;
    }

    /** What the user gives, read. */
    private record Input(Layout layout, Allocation allocation, Optional<String> userdata, Network network) {}

    /** A place for one machine, which is about to be started. */
    private record Site(
            Hammer hammer, GuestNetwork network, Path scratch, Acceleration acceleration, MachineFacts facts) {}

    /** What is done with a machine whose installed system starts. */
    @FunctionalInterface
    private interface Use {
        void of(TestMachine machine) throws IOException, InterruptedException;
    }

    /** What is done before the machine is started; returns what is done with it afterwards. */
    @FunctionalInterface
    private interface Preparation {
        Use on(Site site) throws IOException, InterruptedException;
    }

    @FunctionalInterface
    private interface Work {
        void perform() throws IOException, InterruptedException;
    }

    private static final int PROCESSORS = 2;
    private static final long DISK_MEBIBYTES = 12 * 1024;
    private static final String PASSWORD = "a-Password-4-the-console";
    private static final MachineFacts.Console SERIAL_CONSOLE = new MachineFacts.Console(0, 115_200);

    private static final String CONTRACT = "contract";
    private static final String RACK = "rack";
    private static final String HAMMER = "start hammer";
    private static final String BOOT = "boot by kexec";
    private static final String CHECKS = "checks";
    private static final String REBOOT = "reboot by UEFI";
    private static final String CHECKS_AGAIN = "checks again";

    /** How what is left out without switches is told; the reason follows. */
    private static final String NEEDS_SWITCHES =
            "BGP, routes, name resolution, time synchronisation, the internet and the loss of a switch: ";

    /** For both switches to have their sessions back, where the processor runs the guest. */
    private static final Duration SESSIONS_LIMIT = Duration.ofSeconds(4);

    private final Options options;
    private final Equipment equipment;
    private final WorkDirectory work;
    private final Progress progress;
    private final List<String> leftOut = new ArrayList<>();
    private Optional<Acceleration> acceleration = Optional.empty();

    /** Prepares a test, and starts nothing yet. */
    public ImageTest(Options options, Equipment equipment, WorkDirectory work, Progress progress) {
        this.options = options;
        this.equipment = equipment;
        this.work = work;
        this.progress = progress;
    }

    /**
     * Tests the image. Nothing is left running.
     *
     * @throws FaultException if the test itself can't be done: because of wrong input, or what is missing on this machine.
     *     Whatever is wrong with the image is in the report
     */
    public TestReport run() throws IOException, InterruptedException {
        return run(Optional.empty());
    }

    /** Like {@link #run()}, but before the machine is switched off, {@code keeper} may use it. */
    public TestReport run(Keeper keeper) throws IOException, InterruptedException {
        return run(Optional.of(keeper));
    }

    private TestReport run(Optional<Keeper> keeper) throws IOException, InterruptedException {
        Instant started = Instant.now();
        Input input = input();
        Phases phases = phases(planned(input.network(), input.layout()));
        record(phases, () -> {
            phases.begin(CONTRACT);
            CheckReport contract = new ArtifactCheck().check(options.image(), CheckProgress.SILENT);
            phases.end(results(contract));
            if (contract.errors().isEmpty()) {
                provide(input, phases, site -> {
                    SystemChecks checks = checks(site, input, contract);
                    checks.validate();
                    return machine -> {
                        record(phases, () -> observe(machine, site.network(), input.layout(), checks, phases));
                        if (keeper.isPresent()) {
                            keeper.get().keep(access(machine), report(started, phases));
                        }
                    };
                });
            }
        });
        return report(started, phases);
    }

    /**
     * Provisions a machine with the image, and lets a person use it: without any check, so that an image that fails can be
     * looked at, too. Where the system restarts the machine, the visit is followed by another one. Nothing is left running.
     *
     * @throws FaultException if the machine could not be provisioned, or its system fails
     */
    public void visit(Visit visit) throws IOException, InterruptedException {
        List<String> planned = new ArrayList<>(List.of(RACK, HAMMER));
        planned.addAll(HammerTask.INSTALLATION);
        Input input = input();
        provide(input, phases(planned), site -> machine -> {
            do {
                visit.to(access(machine));
            } while (machine.restartIfEndedForIt());
        });
    }

    /** Everything that can be wrong before anything is started. */
    private Input input() throws IOException, InterruptedException {
        Layout layout = Layout.read(layoutFile());
        layout.requireFitting(DISK_MEBIBYTES);
        Allocation allocation = Allocation.read(tests().resolve("allocations").resolve(role().label() + ".yaml"));
        Optional<String> userdata = userdata();
        if (options.sshPort().isPresent()) {
            GuestNetwork.Imitated.requireFree(options.sshPort());
        }
        Machine.requireMeans(options.memory());
        return new Input(layout, allocation, userdata, chosenNetwork());
    }

    private Network chosenNetwork() throws IOException, InterruptedException {
        if (options.network().isPresent()) {
            if (options.network().get() == Network.USER) {
                leftOut.add(NEEDS_SWITCHES + "the network is the one that QEMU imitates, as was asked for.");
            }
            return options.network().get();
        }
        Optional<String> obstacle = Fabric.obstacle(work);
        if (obstacle.isEmpty()) {
            return Network.FABRIC;
        }
        leftOut.add(NEEDS_SWITCHES + obstacle.get());
        progress.report(new Progress.Event.Note("The network is the one that QEMU imitates. " + obstacle.get()));
        return Network.USER;
    }

    private Phases phases(List<String> planned) throws IOException {
        Files.createDirectories(options.reports());
        Files.deleteIfExists(options.console());
        return new Phases(planned, options.console(), progress);
    }

    /** Does some of the work. What is wrong with the image ends a phase; what is wrong with the test ends all. */
    private static void record(Phases phases, Work work) throws IOException, InterruptedException {
        try {
            work.perform();
        } catch (FaultException e) {
            if (e.category() != FaultException.Category.FAILED_WORK || !phases.isRunning() || phases.isRunning(RACK)) {
                throw e;
            }
            phases.fail(String.valueOf(e.getMessage()));
        }
    }

    private TestReport report(Instant started, Phases phases) {
        return new TestReport(
                options.name(),
                started,
                acceleration.map(Acceleration::toString).orElse("not started"),
                leftOut,
                phases.ended());
    }

    private static List<String> planned(Network network, Layout layout) {
        List<String> names = new ArrayList<>(List.of(CONTRACT, RACK, HAMMER));
        names.addAll(HammerTask.INSTALLATION);
        names.addAll(List.of(BOOT, CHECKS));
        if (network == Network.FABRIC) {
            names.addAll(List.of(without("leaf1"), without("leaf2")));
        }
        names.addAll(List.of(REBOOT, CHECKS_AGAIN));
        layout.dispensableDisks().forEach(disk -> names.add(without(disk.device())));
        return names;
    }

    private static String without(String part) {
        return "without " + part;
    }

    /** Provisions a machine, has it used, and switches it off. */
    private void provide(Input input, Phases phases, Preparation preparation) throws IOException, InterruptedException {
        phases.begin(RACK);
        Progress builds = event -> tell(event, phases);
        try (Snapshots.View hammerRoot = equipment.hammer(builds);
                GuestNetwork network = open(input.network(), builds)) {
            Hammer hammer = new Hammer(hammerRoot.root());
            Path scratch = work.newDirectory("test");
            Acceleration how = Acceleration.probe(network.launcher(), scratch);
            acceleration = Optional.of(how);
            SecureShell shell = network.shell(work, input.allocation().address());
            Optional<SecureShell> shellWithoutRoutes = network.shellWithoutRoutes(work);
            MachineFacts facts =
                    facts(network, input.layout(), Stream.concat(Stream.of(shell), shellWithoutRoutes.stream()));
            Use use = preparation.on(new Site(hammer, network, scratch, how, facts));
            HammerTask task = HammerTask.installation(
                    input.layout(),
                    options.burn(),
                    options.image().tarball(),
                    input.allocation().installYaml(facts),
                    input.userdata(),
                    network.cardAddress());
            phases.end();
            try (TestMachine machine = new TestMachine(
                    hardware(input.layout(), network), how, network.launcher(), shell, shellWithoutRoutes)) {
                phases.begin(HAMMER);
                machine.provision(
                        hammer,
                        task,
                        new Hammer.Service(network.server(), network.serverUrl(), network.cardAddress()),
                        new HammerPhases(phases));
                if (phases.isRunning()) {
                    phases.end();
                }
                use.of(machine);
            }
        }
    }

    private SystemChecks checks(Site site, Input input, CheckReport contract) throws IOException {
        return new SystemChecks(
                new Goss(site.hammer().goss(), tests(), work.launcher()),
                input.allocation(),
                site.facts(),
                circumstances(contract, site.network(), site.scratch()),
                contract.losses(),
                site.acceleration(),
                site.scratch());
    }

    private static void observe(
            TestMachine machine, GuestNetwork network, Layout layout, SystemChecks checks, Phases phases)
            throws IOException, InterruptedException {
        check(BOOT, CHECKS, machine, Circumstances.Start.KEXEC, checks, phases);
        if (network instanceof GuestNetwork.Switches(Fabric fabric)) {
            for (int leaf = 0; leaf < fabric.leaves().size(); leaf++) {
                checkWithout(leaf, fabric, machine, checks, phases);
            }
        }
        phases.begin(REBOOT);
        machine.reboot(PASSWORD);
        check(REBOOT, CHECKS_AGAIN, machine, Circumstances.Start.DISK, checks, phases);
        for (Layout.Device disk : layout.dispensableDisks()) {
            phases.begin(without(disk.device()));
            machine.restartWithout(layout.disks().indexOf(disk), PASSWORD);
            machine.awaitLoginPrompt();
            List<CheckResult> results = new ArrayList<>();
            results.add(answer(machine.awaitAnswer()));
            results.addAll(checks.withoutDisk(machine));
            phases.end(results);
        }
    }

    private static void check(
            String bootPhase,
            String checksPhase,
            TestMachine machine,
            Circumstances.Start start,
            SystemChecks checks,
            Phases phases)
            throws IOException, InterruptedException {
        if (!phases.isRunning()) {
            phases.begin(bootPhase);
        }
        machine.awaitLoginPrompt();
        phases.end();
        phases.begin(checksPhase);
        List<CheckResult> results = new ArrayList<>();
        results.add(answer(machine.awaitAnswer()));
        results.addAll(checks.all(machine, start));
        phases.end(results);
    }

    private static CheckResult answer(Optional<String> trouble) {
        return result("routes of the machine", "Ssh", "lead to it", trouble);
    }

    private static void checkWithout(int leaf, Fabric fabric, TestMachine machine, SystemChecks checks, Phases phases)
            throws IOException, InterruptedException {
        phases.begin(without(fabric.leaves().get(leaf).name()));
        awaitSessions(fabric, machine);
        fabric.cut(fabric.leaves().get(leaf));
        List<CheckResult> results = checks.without(machine, leaf);
        fabric.restore(fabric.leaves().get(leaf));
        phases.end(results);
    }

    private static void awaitSessions(Fabric fabric, TestMachine machine) throws IOException, InterruptedException {
        machine.awaitThat(
                () -> fabric.sessions().stream().allMatch(BgpSession::isEstablished),
                "BGP session with each of the switches",
                SESSIONS_LIMIT);
    }

    private Path tests() {
        return options.home().resolve("os/tests");
    }

    private Path layoutFile() {
        Path file = options.home().resolve("rack/layouts").resolve(options.layout() + ".yaml");
        return Files.exists(file) ? file : Path.of(options.layout());
    }

    private Role role() {
        return options.role().orElse(options.name().startsWith(Role.FIREWALL.label()) ? Role.FIREWALL : Role.MACHINE);
    }

    private Circumstances.Userdata userdataKind() {
        return Stream.of(Circumstances.Userdata.values())
                .filter(kind -> kind != Circumstances.Userdata.OTHER)
                .filter(kind -> kind.label().equals(options.userdata()))
                .findFirst()
                .orElse(Circumstances.Userdata.OTHER);
    }

    private Optional<String> userdata() throws IOException {
        Path directory = tests().resolve("userdata");
        return switch (userdataKind()) {
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

    /** What is built for the rack is told as if it were said by the phase that waits for it. */
    private static void tell(Progress.Event event, Phases phases) {
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

    private GuestNetwork open(Network network, Progress builds) throws IOException, InterruptedException {
        return switch (network) {
            case FABRIC -> GuestNetwork.Switches.open(work, equipment, builds);
            case USER -> GuestNetwork.Imitated.open(Launcher.plain(work.launcher()), options.sshPort());
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

    private Circumstances circumstances(CheckReport contract, GuestNetwork network, Path scratch) throws IOException {
        return new Circumstances(
                contract.system().map(OsRelease::id).orElse(""),
                contract.system().map(OsRelease::version).orElse(""),
                userdataKind(),
                network.internet(scratch));
    }

    /** Disks whose content somebody wants are made where they are wanted. */
    private Machine.Hardware hardware(Layout layout, GuestNetwork network) throws IOException {
        Path directory = work.newDirectory("machine");
        Path place = options.disks().isPresent()
                ? Files.createDirectories(options.disks().get())
                : directory;
        List<Disk> disks = new ArrayList<>();
        for (Layout.Device device : layout.disks()) {
            Path file = place.resolve(Path.of(device.device()).getFileName() + ".raw");
            Files.deleteIfExists(file);
            disks.add(Disk.blank(
                    file, DISK_MEBIBYTES << 20, Layout.bus(device.device()).orElseThrow()));
        }
        return new Machine.Hardware(
                PROCESSORS,
                options.memory(),
                disks,
                network.cards(),
                directory,
                options.console().toAbsolutePath());
    }

    private static Access access(TestMachine machine) {
        return new Access(
                machine.shell().interactiveCommand(),
                consoleCommand(machine.hardware().consoleSocket()),
                SecureShell.USER,
                PASSWORD);
    }

    /** In socat's addresses, commas and colons end what is before them, unless there is a backslash. */
    private static List<String> consoleCommand(Path socket) {
        return List.of(
                "socat",
                "-,raw,echo=0,escape=0x1d",
                "UNIX-CONNECT:" + socket.toString().replaceAll("([\\\\,:!])", "\\\\$1"));
    }

    /** Breaches of the contract, as checks that failed; one that passed if there are none. */
    private static List<CheckResult> results(CheckReport contract) {
        List<CheckResult> failed = contract.errors().stream()
                .map(finding -> result(
                        finding.path(),
                        finding.code().id(),
                        finding.code().title(),
                        Optional.of(finding.code().meaning() + " " + finding.detail())))
                .toList();
        return failed.isEmpty() ? List.of(result("the contract", "Artifact", "kept", Optional.empty())) : failed;
    }

    private static CheckResult result(String name, String resource, String property, Optional<String> trouble) {
        return new CheckResult(
                name,
                resource,
                property,
                trouble.isEmpty() ? CheckResult.Outcome.PASSED : CheckResult.Outcome.FAILED,
                Optional.empty(),
                Optional.empty(),
                trouble,
                Duration.ZERO);
    }

    /** The hammer's phases are phases of the test. */
    private record HammerPhases(Phases phases) implements Hammer.Listener {

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
