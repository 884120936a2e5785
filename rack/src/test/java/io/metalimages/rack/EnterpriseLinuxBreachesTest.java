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
import io.metalimages.testing.Host;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Breaks almalinux/9 as only that family can be broken, and looks whether the test of an image names it: here what shows on a
 * machine only. {@link BreachesTest} has the rest.
 */
@Tag("slow")
class EnterpriseLinuxBreachesTest {

    private static final String ARCHIVE = "METAL_IMAGES_ALMALINUX_ARCHIVE";

    @TempDir
    private Path directory;

    @Test
    void anInitramfsWithoutArraysAndAnEntryOfAnotherKernelAreNamed() throws Exception {
        BuiltRackImages.requireRoot();
        Host.assumeInstalled(HostRequirements.QEMU, "qemu-system-x86");
        Assumptions.assumeTrue(
                System.getenv(ARCHIVE) != null,
                ARCHIVE + " names no archive: not tested. os/tests/archives/almalinux/stand-in runs commands with one");
        try (BuiltRackImages built = BuiltRackImages.open()) {
            TestReport report = test(built);

            assertThat(report.phases())
                    .filteredOn(TestReport.Phase::passed)
                    .extracting(TestReport.Phase::name)
                    .contains("contract", "burn", "install", "boot by kexec");
            TestReport.Phase checks = report.phases().stream()
                    .filter(phase -> phase.name().equals("checks"))
                    .findFirst()
                    .orElseThrow();
            Map<String, String> expected = Map.ofEntries(
                    entry("Command the initramfs finds disks on USB and MMC, and arrays: stdout", "mdadm"),
                    entry(
                            "Command GRUB's menu starts what boot-info.yaml tells of: stdout",
                            "the first entry starts /boot/vmlinuz-9.9.9.x86_64"));
            assertThat(checks.failedChecks())
                    .extracting(CheckResult::title)
                    .containsExactlyInAnyOrderElementsOf(expected.keySet());
            assertThat(checks.failedChecks())
                    .allSatisfy(check -> assertThat(check.message().orElse("")).contains(expected.get(check.title())));
            assertThat(report.phases()).last().satisfies(last -> {
                assertThat(last.name()).isEqualTo("reboot by UEFI");
                assertThat(last.failure().orElse("")).contains("GRUB did not find the kernel");
            });
        }
    }

    private TestReport test(BuiltRackImages built) throws Exception {
        ArtifactLocation image = built.image(
                Path.of("src/test/resources/breaches/images/almalinux-wrong-menu-and-no-arrays"),
                directory.resolve("image"));
        ImageTest.Options options = new ImageTest.Options(
                "almalinux/9, broken",
                image,
                BuiltRackImages.HOME,
                Optional.empty(),
                Optional.empty(),
                "default",
                Burn.METAL_HAMMER,
                Optional.empty(),
                "cloud-init",
                Optional.of(ImageTest.Network.FABRIC),
                Accelerator.AUTO,
                OptionalInt.empty(),
                2048,
                new ImageTest.Extent(1, false),
                directory.resolve("reports"),
                new InitialDisks.Blank(Optional.empty()));
        return new ImageTest(options, built.images, built.state, built.work, Progress.SILENT).run();
    }
}
