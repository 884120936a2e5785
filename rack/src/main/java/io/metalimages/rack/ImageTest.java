package io.metalimages.rack;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.check.ArtifactCheck;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.check.OsRelease;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.baseline.BaselineTools;
import io.metalimages.rack.checks.CheckContext;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.FirewallTraffic;
import io.metalimages.rack.checks.Goss;
import io.metalimages.rack.checks.SystemChecks;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.machine.AccelerationProbe;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.machine.SecureShell;
import io.metalimages.rack.machine.TestMachine;
import io.metalimages.rack.network.Fabric;
import io.metalimages.rack.network.FabricNetwork;
import io.metalimages.rack.provisioning.Burn;
import io.metalimages.rack.provisioning.HammerTask;
import io.metalimages.rack.provisioning.InitialDisks;
import io.metalimages.rack.provisioning.Role;
import io.metalimages.rack.provisioning.Shell;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Tests an image as a real machine meets it.
 *
 * <p>The order of events: the artifact is held against the contract; a machine with blank disks boots the hammer, which
 * burns the image, runs its installer, and starts its kernel by kexec; the system that came up is checked, with both
 * switches, with each of them alone; the machine reboots from its disk through UEFI and GRUB, and is checked again, as often
 * as is asked for; and if its layout is such that it can do without any one of its disks, it is started without each of
 * them. A check that fails does not keep the others from being made. Where KVM stops the machine on the way, all but the
 * first is done once more, by emulation. Not thread-safe.
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
     * How much is tested.
     *
     * @param reboots how often the machine is rebooted from its disk, and checked again
     * @param baseline whether the system is measured by published rules
     */
    public record Extent(int reboots, boolean baseline) {}

    /**
     * What to test, and how.
     *
     * @param name of the image, such as {@code debian/12}
     * @param home the checkout
     * @param checks what is checked of a machine with this image, beside what is checked of every image
     * @param role empty for what the image's name says
     * @param layout a name in {@code rack/layouts}, or a file
     * @param allocation a name in {@code os/tests/allocations}, or a file; empty for what the role says
     * @param userdata the label of a {@link io.metalimages.rack.provisioning.Userdata}, or a file
     * @param network empty for switches where there can be some, and QEMU's network where not
     * @param sshPort of this machine's loopback address, which leads to the virtual one in QEMU's network; empty for any
     * @param memory of the machine, in MiB
     * @param extent of a test
     * @param reports where the console's text and the journal go
     * @param disks what the test begins with
     */
    public record Options(
            String name,
            ArtifactLocation image,
            Path home,
            Optional<Path> checks,
            Optional<Role> role,
            String layout,
            Burn burn,
            Optional<String> allocation,
            String userdata,
            Optional<Network> network,
            Accelerator accelerator,
            OptionalInt sshPort,
            int memory,
            Extent extent,
            Path reports,
            InitialDisks disks) {

        /** The directory of the checks and what they need. */
        Path tests() {
            return home.resolve("os/tests");
        }

        /** All that the machine writes to its serial console. */
        public Path console() {
            return reports.resolve("console.log");
        }

        /** What the system's journal holds when checks have failed; not there if none has. */
        public Path journal() {
            return reports.resolve("journal.log");
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

    /** Has a system checked as often as is wanted, and may change it in between. */
    @FunctionalInterface
    interface Examination {
        void of(TestMachine machine, SystemChecks checks) throws IOException, InterruptedException;
    }

    private final Options options;
    private final RackImages images;
    private final WorkDirectory work;
    private final Progress progress;
    private final AccelerationProbe probe;
    private final Provisioning provisioning;

    /**
     * Prepares a test, and starts nothing yet.
     *
     * @param state where it is remembered whether KVM works here
     */
    public ImageTest(Options options, RackImages images, StateDirectory state, WorkDirectory work, Progress progress) {
        this.options = options;
        this.images = images;
        this.work = work;
        this.progress = progress;
        this.probe = new AccelerationProbe(state);
        this.provisioning = new Provisioning(options, images, probe, work, progress);
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
        TestInput input = TestInput.read(options, probe, work, progress);
        PhaseTracker phases = phases(planned(input));
        record(phases, () -> {
            CheckReport contract = checkContract(phases);
            if (contract.errors().isEmpty()) {
                provisioning.provide(input, HammerTask.Then.START_SYSTEM, phases, site -> {
                    SystemChecks checks = checks(site, input, contract);
                    checks.validate();
                    Optional<BaselineTools> baseline = baseline(site, contract);
                    return machine -> {
                        record(
                                phases,
                                () -> machine.use(new TestRun(
                                        machine,
                                        site,
                                        input.layout(),
                                        checks,
                                        options.extent().reboots(),
                                        baseline,
                                        phases,
                                        options.journal())::run));
                        if (keeper.isPresent()) {
                            keeper.get().keep(access(machine), report(started, input, phases));
                        }
                    };
                });
            }
        });
        return report(started, input, phases);
    }

    /**
     * Burns and installs the image on the disks, and switches the machine off before the image's system has ever started: for
     * several tests that begin with {@link InitialDisks.Burned}.
     *
     * @throws FaultException as {@link #run()}
     */
    public TestReport burn() throws IOException, InterruptedException {
        Instant started = Instant.now();
        TestInput input = TestInput.read(options, probe, work, progress);
        List<String> planned = new ArrayList<>(List.of(TestReport.CONTRACT));
        planned.addAll(provisioning.phases(HammerTask.Then.SWITCH_OFF));
        PhaseTracker phases = phases(planned);
        record(phases, () -> {
            if (checkContract(phases).errors().isEmpty()) {
                provisioning.provide(input, HammerTask.Then.SWITCH_OFF, phases, site -> TestMachine::awaitSwitchedOff);
            }
        });
        return new TestReport(options.name(), started, setup(input, 0), input.leftOut(), phases.ended());
    }

    /**
     * Provisions a machine with the image, and lets a person use it: without any check, so that an image that fails can be
     * looked at, too. Where the system restarts the machine, the visit is followed by another one. Nothing is left running.
     *
     * @throws FaultException if the machine could not be provisioned, or its system fails
     */
    public void visit(Visit visit) throws IOException, InterruptedException {
        TestInput input = TestInput.read(options, probe, work, progress);
        PhaseTracker phases = phases(provisioning.phases(HammerTask.Then.START_SYSTEM));
        provisioning.provide(input, HammerTask.Then.START_SYSTEM, phases, site -> machine -> {
            do {
                visit.to(access(machine));
            } while (machine.restartIfEndedForIt());
        });
    }

    /**
     * Provisions a machine with the image, and lets its system be examined as soon as somebody could log in. Nothing is left
     * running.
     *
     * @throws FaultException if the machine could not be provisioned, or its system does not come up
     */
    void examine(Examination examination) throws IOException, InterruptedException {
        TestInput input = TestInput.read(options, probe, work, progress);
        List<String> planned = new ArrayList<>(List.of(TestReport.CONTRACT));
        planned.addAll(provisioning.phases(HammerTask.Then.START_SYSTEM));
        PhaseTracker phases = phases(planned);
        CheckReport contract = checkContract(phases);
        provisioning.provide(input, HammerTask.Then.START_SYSTEM, phases, site -> {
            SystemChecks checks = checks(site, input, contract);
            checks.validate();
            return machine -> {
                machine.awaitLoginPrompt();
                machine.awaitAnswer();
                examination.of(machine, checks);
            };
        });
    }

    private PhaseTracker phases(List<String> planned) throws IOException {
        Files.createDirectories(options.reports());
        Files.deleteIfExists(options.console());
        Files.deleteIfExists(options.journal());
        return new PhaseTracker(planned, options.console(), progress);
    }

    private CheckReport checkContract(PhaseTracker phases) throws IOException, InterruptedException {
        phases.begin(TestReport.CONTRACT);
        CheckReport contract = new ArtifactCheck().check(options.image(), CheckProgress.SILENT);
        phases.end(results(contract));
        return contract;
    }

    /** Does some of the work. What is wrong with the image ends a phase; what is wrong with the test ends all. */
    private static void record(PhaseTracker phases, TestMachine.Work work) throws IOException, InterruptedException {
        try {
            work.perform();
        } catch (FaultException e) {
            if (e.category() != FaultException.Category.FAILED_WORK
                    || !phases.isRunning()
                    || phases.isRunning(Provisioning.RACK)) {
                throw e;
            }
            phases.fail(String.valueOf(e.getMessage()));
        }
    }

    private TestReport report(Instant started, TestInput input, PhaseTracker phases) {
        return new TestReport(
                options.name(), started, setup(input, options.extent().reboots()), input.leftOut(), phases.ended());
    }

    private TestSetup setup(TestInput input, int reboots) {
        return new TestSetup(
                input.allocation().role().label(),
                input.inputs().layout(),
                input.inputs().allocation(),
                input.inputs().userdata(),
                label(input.network()),
                label(options.burn()),
                reboots,
                options.extent().baseline(),
                provisioning.acceleration().map(Acceleration::toString).orElse("not started"),
                provisioning.hammer(),
                Optional.ofNullable(ImageTest.class.getPackage().getImplementationVersion())
                        .orElse("unpackaged"));
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private List<String> planned(TestInput input) {
        List<String> names = new ArrayList<>(List.of(TestReport.CONTRACT));
        names.addAll(provisioning.phases(HammerTask.Then.START_SYSTEM));
        names.addAll(TestRun.phases(input.network(), input.layout(), options.extent()));
        return names;
    }

    private SystemChecks checks(Provisioning.Site site, TestInput input, CheckReport contract) throws IOException {
        return new SystemChecks(
                new Goss(site.hammer().goss(), options.tests(), work.launcher()),
                options.checks(),
                input.allocation(),
                site.facts(),
                new CheckContext(
                        contract.system().map(OsRelease::id).orElse(""),
                        contract.system().map(OsRelease::version).orElse(""),
                        input.userdataKind(),
                        site.network().internet(site.scratch()),
                        site.acceleration()),
                traffic(site, input),
                contract.losses(),
                site.scratch());
    }

    private static Optional<FirewallTraffic> traffic(Provisioning.Site site, TestInput input) {
        return site.network() instanceof FabricNetwork(Fabric fabric)
                ? fabric.tenants()
                        .map(tenants -> new FirewallTraffic(
                                tenants,
                                input.allocation(),
                                site.acceleration(),
                                site.facts().password()))
                : Optional.empty();
    }

    private Optional<BaselineTools> baseline(Provisioning.Site site, CheckReport contract)
            throws IOException, InterruptedException {
        if (!options.extent().baseline()) {
            return Optional.empty();
        }
        try (SnapshotStore.View root = images.baseline(site.builds())) {
            return Optional.of(BaselineTools.pack(
                    root.root(),
                    contract.system().map(OsRelease::id).orElse(""),
                    contract.system().map(OsRelease::version).orElse(""),
                    options.tests(),
                    site.scratch(),
                    work.launcher()));
        }
    }

    private static Access access(TestMachine machine) {
        return new Access(
                machine.shell().interactiveCommand(),
                consoleCommand(machine.hardware().consoleSocket()),
                SecureShell.USER,
                Provisioning.PASSWORD);
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
                .map(finding -> CheckResult.of(
                        finding.path(),
                        finding.code().id(),
                        finding.code().title(),
                        Optional.of(finding.code().meaning() + " " + finding.detail())))
                .toList();
        return failed.isEmpty()
                ? List.of(CheckResult.of("the contract", "Artifact", "kept", Optional.empty()))
                : failed;
    }
}
