package io.metalimages.rack;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.engine.Progress;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.machine.HostRequirements;
import io.metalimages.rack.provisioning.Burn;
import io.metalimages.rack.provisioning.InitialDisks;
import io.metalimages.rack.provisioning.Role;
import io.metalimages.testing.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Breaks images, one way at a time, and looks whether the test of an image names just that: here what shows on a machine only.
 *
 * <p>One image is burned, which is debian/12 with a directory that loses its mode. Most other breaches are changes that copies
 * of its disk get before they boot. Those which don't disturb each other share a machine; each must be named by its own check.
 */
@Tag("slow")
class BootedBreachesTest {

    private static final Path BREACHES = Path.of("src/test/resources/breaches");

    /** What follows from the directory that all disks here have. */
    private static final String LOST = "Command everything that was lost on the way to the disk is restored: stdout";

    private static final String LOST_DIRECTORY = "/var/lib/exchange: MODE is 0755, should be 1777";

    @TempDir
    private static Path shared;

    private static BuiltRackImages built;
    private static ArtifactLocation image;
    private static Path disks;

    @TempDir
    private Path directory;

    @BeforeAll
    static void burn() throws Exception {
        BuiltRackImages.requireRoot();
        Host.assumeInstalled(HostRequirements.QEMU, "qemu-system-x86");
        built = BuiltRackImages.open();
        image = image("world-writable-directory");
        disks = shared.resolve("disks");
        TestReport report = test(image, new InitialDisks.Blank(Optional.of(disks)), shared.resolve("reports"))
                .burn();
        assertThat(report.passed()).as(report.toString()).isTrue();
    }

    @AfterAll
    static void close() throws Exception {
        if (built != null) {
            built.close();
        }
    }

    private static ArtifactLocation image(String breach) throws Exception {
        return built.image(BREACHES.resolve("images").resolve(breach), shared.resolve(breach));
    }

    private static ImageTest test(ArtifactLocation artifact, InitialDisks disks, Path reports) {
        return new ImageTest(
                new ImageTest.Options(
                        "debian/12, broken",
                        artifact,
                        BuiltRackImages.HOME,
                        Optional.empty(),
                        Optional.of(Role.MACHINE),
                        "default",
                        Burn.METAL_HAMMER,
                        Optional.empty(),
                        "cloud-init",
                        Optional.of(ImageTest.Network.FABRIC),
                        Accelerator.AUTO,
                        OptionalInt.empty(),
                        2048,
                        new ImageTest.Extent(1, false),
                        reports,
                        disks),
                built.images,
                built.state,
                built.work,
                Progress.SILENT);
    }

    private TestReport testChanged(String... changes) throws Exception {
        StringBuilder script = new StringBuilder();
        for (String change : changes) {
            script.append(Files.readString(BREACHES.resolve("changes").resolve(change)));
        }
        return told(test(image, new InitialDisks.Burned(disks, script.toString()), reports())
                .run());
    }

    private Path reports() {
        return directory.resolve("reports");
    }

    /** For whoever looks after a test has failed. */
    private static TestReport told(TestReport report) {
        for (TestReport.Phase phase : report.phases()) {
            System.err.printf("%s %.1f s%n", phase.name(), phase.duration().toMillis() / 1000.0);
            phase.failure().ifPresent(failure -> System.err.println("  " + failure));
            phase.failedChecks()
                    .forEach(check -> System.err.println(
                            "  " + check.title() + ": " + check.message().orElse("")));
        }
        return report;
    }

    private static List<String> passed(TestReport report) {
        return report.phases().stream()
                .takeWhile(TestReport.Phase::passed)
                .map(TestReport.Phase::name)
                .toList();
    }

    private static TestReport.Phase phase(String name, TestReport report) {
        return report.phases().stream()
                .filter(phase -> phase.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There was no phase " + name + " in " + report));
    }

    private static String failure(TestReport.Phase phase) {
        return phase.failure().orElseThrow(() -> new AssertionError(phase.name() + " came to its end"));
    }

    private static String message(String title, TestReport.Phase phase) {
        return phase.failedChecks().stream()
                .filter(check -> check.title().equals(title))
                .findFirst()
                .flatMap(CheckResult::message)
                .orElseThrow(() -> new AssertionError(title + " has not failed"));
    }

    @Test
    void breachesThatShowOnARunningSystemAreNamedOneByOne() throws Exception {
        TestReport report = testChanged(
                "rp-filter",
                "listener",
                "failing-unit",
                "wrong-asn",
                "not-provisioned",
                "without-firmware",
                "grub-without-modules");
        assertThat(passed(report)).last().isEqualTo("boot by kexec");
        TestReport.Phase checks = phase("checks", report);
        Map<String, String> expected = Map.ofEntries(
                entry(LOST, LOST_DIRECTORY),
                entry("KernelParam net.ipv4.conf.all.rp_filter: value", "Expected \"1\" to equal \"0\""),
                entry("Command no listener is there that is not expected: stdout", ":7777 systemd"),
                entry("Command no unit has failed: stdout", "hopeless.service"),
                entry("Command the system runs, neither degraded nor still starting: exit-status", "1"),
                entry("Command the system runs, neither degraded nor still starting: stdout", "running"),
                entry("Command the journal has no error that is not expected: stdout", "hopeless.service"),
                entry("Command BGP has a session with each switch: stdout", "4200009999"),
                entry("File /etc/frr/frr.conf: contents", "4200003073"),
                entry("File /etc/lldpd.d/provisioned.conf: contents", "provisioned"),
                entry("Lldp leaf1: hears that the machine is provisioned", "system description \"installing\""),
                entry("Lldp leaf2: hears that the machine is provisioned", "system description \"installing\""),
                entry("Command the firmware is there that cards and controllers ask for: stdout", "bnx2x: bnx2x/"),
                entry("Command what every server needs is there: stdout", "firmware: /lib/firmware/bnx2x"));
        assertThat(checks.failedChecks())
                .extracting(CheckResult::title)
                .containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach((title, text) -> assertThat(message(title, checks)).contains(text));

        assertThat(report.phases()).last().satisfies(last -> {
            assertThat(last.name()).isEqualTo("reboot by UEFI");
            assertThat(failure(last)).contains("GRUB did not find its modules", "grub rescue>");
        });
    }

    /** No route leads to the machine, so it has to be entered from a switch to tell why. */
    @Test
    void aMachineWithoutRoutesIsFoundAndSaysWhatIsMissing() throws Exception {
        TestReport report = testChanged("frr-not-enabled");
        assertThat(passed(report)).last().isEqualTo("boot by kexec");
        TestReport.Phase checks = phase("checks", report);
        assertThat(checks.failedChecks())
                .extracting(CheckResult::title)
                .contains(
                        LOST,
                        "Ssh routes of the machine: lead to it",
                        "Service frr: enabled",
                        "Service frr: running",
                        "Process bgpd: running",
                        "Command the default route leads to both switches: stdout")
                .as("what does not depend on FRR is in order")
                .noneMatch(title -> title.startsWith("User ") || title.startsWith("Mount "));
        assertThat(message("Service frr: enabled", checks)).isEqualTo("Expected false to equal true");
        assertThat(message("Ssh routes of the machine: lead to it", checks)).contains("did not let metal in by ssh");
    }

    @Test
    void anInstallerThatFailsIsQuoted() throws Exception {
        ArtifactLocation failing = image("failing-installer");
        TestReport report = told(test(failing, new InitialDisks.Blank(Optional.empty()), reports())
                .run());
        assertThat(passed(report)).last().isEqualTo("burn");
        assertThat(report.phases()).last().satisfies(phase -> {
            assertThat(phase.name()).isEqualTo("install");
            assertThat(failure(phase)).contains("/install.sh ended with status 1: This machine has no soul.");
        });
    }

    @Test
    void anInitramfsThatDoesNotFindTheDiskIsNamed() throws Exception {
        ArtifactLocation blind = image("initramfs-without-virtio");
        TestReport report = told(
                test(blind, new InitialDisks.Blank(Optional.empty()), reports()).run());
        assertThat(passed(report)).last().isEqualTo("kexec");
        assertThat(report.phases()).last().satisfies(phase -> {
            assertThat(phase.name()).isEqualTo("boot by kexec");
            assertThat(failure(phase)).contains("its initramfs did not find the root file system");
        });
    }
}
