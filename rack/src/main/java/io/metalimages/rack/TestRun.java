package io.metalimages.rack;

import io.metalimages.common.FaultException;
import io.metalimages.rack.baseline.BaselineTools;
import io.metalimages.rack.checks.CheckContext;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.SystemChecks;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.rack.machine.TestMachine;
import io.metalimages.rack.network.BgpSession;
import io.metalimages.rack.network.Fabric;
import io.metalimages.rack.network.FabricNetwork;
import io.metalimages.rack.network.LldpNeighbor;
import io.metalimages.rack.provisioning.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Checks a machine from its system's first boot to its last: with all that it has, without each switch, after each restart, by
 * published rules, and without each disk that it can do without. Not thread-safe.
 */
final class TestRun {

    private static final String CHECKS = "checks";
    private static final String CHECKS_AGAIN = "checks again";
    private static final String CHECKS_AFTER_REBOOT = "checks after reboot";
    private static final String BASELINE = "baseline";

    /** For both switches to have their sessions back, where the processor runs the guest. */
    private static final Duration SESSIONS_LIMIT = Duration.ofSeconds(4);

    private final TestMachine machine;
    private final Provisioning.Site site;
    private final Layout layout;
    private final SystemChecks checks;
    private final int reboots;
    private final Optional<BaselineTools> baseline;
    private final PhaseTracker phases;
    private final Path journal;

    /**
     * @param reboots from the disk, each followed by all checks
     * @param baseline measures the system, when it has been rebooted for the last time
     * @param journal a file to which the machine's journal is added whenever checks have failed
     */
    TestRun(
            TestMachine machine,
            Provisioning.Site site,
            Layout layout,
            SystemChecks checks,
            int reboots,
            Optional<BaselineTools> baseline,
            PhaseTracker phases,
            Path journal) {
        this.machine = machine;
        this.site = site;
        this.layout = layout;
        this.checks = checks;
        this.reboots = reboots;
        this.baseline = baseline;
        this.phases = phases;
        this.journal = journal;
    }

    /** What {@link #run} consists of. */
    static List<String> phases(ImageTest.Network network, Layout layout, ImageTest.Extent extent) {
        List<String> names = new ArrayList<>(List.of(TestReport.BOOT, CHECKS));
        if (network == ImageTest.Network.FABRIC) {
            names.addAll(List.of(without("leaf1"), without("leaf2")));
        }
        for (int number = 1; number <= extent.reboots(); number++) {
            names.addAll(List.of(reboot(number), checksAfterReboot(number)));
        }
        if (extent.baseline()) {
            names.add(BASELINE);
        }
        layout.dispensableDisks().forEach(disk -> names.add(without(disk.device())));
        return names;
    }

    private static String reboot(int number) {
        return number == 1 ? TestReport.REBOOT : TestReport.REBOOT + " " + number;
    }

    private static String checksAfterReboot(int number) {
        return number == 1 ? CHECKS_AGAIN : CHECKS_AFTER_REBOOT + " " + number;
    }

    private static String without(String part) {
        return "without " + part;
    }

    /**
     * Makes all checks, of a machine whose system has just been started by kexec. A check that fails does not keep the others
     * from being made.
     *
     * @throws FaultException if the machine can't be observed any more; the phase that it happened in is running
     */
    void run() throws IOException, InterruptedException {
        phases.begin(TestReport.BOOT);
        check(CHECKS, CheckContext.Start.KEXEC);
        if (site.network() instanceof FabricNetwork(Fabric fabric)) {
            for (int leaf = 0; leaf < fabric.leaves().size(); leaf++) {
                checkWithout(leaf, fabric);
            }
        }
        for (int number = 1; number <= reboots; number++) {
            phases.begin(reboot(number));
            machine.reboot(Provisioning.PASSWORD);
            check(checksAfterReboot(number), CheckContext.Start.DISK);
        }
        if (baseline.isPresent()) {
            measure(baseline.get());
        }
        for (Layout.Device disk : layout.dispensableDisks()) {
            checkWithout(disk);
        }
    }

    private void check(String checksPhase, CheckContext.Start start) throws IOException, InterruptedException {
        machine.awaitLoginPrompt();
        phases.end();
        phases.begin(checksPhase);
        List<CheckResult> results = new ArrayList<>();
        results.add(entrance());
        results.addAll(checks.all(machine.shell(), start));
        if (site.network() instanceof FabricNetwork(Fabric fabric)) {
            results.addAll(announcements(fabric));
        }
        end(results);
    }

    private CheckResult entrance() throws IOException, InterruptedException {
        return CheckResult.of("routes of the machine", "Ssh", "lead to it", machine.awaitAnswer());
    }

    /** Whether metal-core, which reads LLDP on each leaf switch, would take the machine for alive. */
    private List<CheckResult> announcements(Fabric fabric) throws IOException, InterruptedException {
        Map<String, LldpNeighbor> heard =
                fabric.lldpNeighbors().stream().collect(Collectors.toMap(LldpNeighbor::leaf, Function.identity()));
        return fabric.leaves().stream()
                .map(leaf -> CheckResult.of(
                        leaf.name(),
                        "Lldp",
                        "hears that the machine is provisioned",
                        LldpNeighbor.trouble(
                                Optional.ofNullable(heard.get(leaf.name())),
                                site.facts().machineUuid())))
                .toList();
    }

    private void checkWithout(int leaf, Fabric fabric) throws IOException, InterruptedException {
        phases.begin(without(fabric.leaves().get(leaf).name()));
        Optional<String> obstacle = checks.obstacleToLoss();
        if (obstacle.isPresent()) {
            end(List.of(
                    CheckResult.skipped(fabric.leaves().get(leaf).name(), "Switch", "can be lost", obstacle.get())));
            return;
        }
        machine.awaitThat(
                () -> fabric.sessions().stream().allMatch(BgpSession::isEstablished),
                "BGP session with each of the switches",
                SESSIONS_LIMIT);
        fabric.cut(fabric.leaves().get(leaf));
        List<CheckResult> results = checks.without(machine.shell(), leaf);
        fabric.restore(fabric.leaves().get(leaf));
        end(results);
    }

    private void checkWithout(Layout.Device disk) throws IOException, InterruptedException {
        phases.begin(without(disk.device()));
        machine.restartWithout(layout.disks().indexOf(disk), Provisioning.PASSWORD);
        machine.awaitLoginPrompt();
        List<CheckResult> results = new ArrayList<>();
        results.add(entrance());
        results.addAll(checks.withoutDisk(machine.shell()));
        end(results);
    }

    private void measure(BaselineTools tools) throws IOException, InterruptedException {
        phases.begin(BASELINE);
        BaselineTools.Result result = tools.measure(machine.shell(), Provisioning.PASSWORD, site.acceleration());
        phases.end(result.checks(), result.scores());
    }

    private void end(List<CheckResult> results) throws IOException, InterruptedException {
        String phase = phases.end(results).name();
        if (results.stream().anyMatch(result -> result.outcome() == CheckResult.Outcome.FAILED)) {
            Files.writeString(
                    journal,
                    "==> " + phase + " <==\n" + machine.journal(Provisioning.PASSWORD),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }
}
