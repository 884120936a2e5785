package io.metalimages.rack;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.engine.Progress;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.machine.HostRequirements;
import io.metalimages.rack.provisioning.Burn;
import io.metalimages.rack.provisioning.InitialDisks;
import io.metalimages.testing.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layouts beside the default, which every test of an image uses: an image on them, from the burn to the last boot. */
@Tag("slow")
class LayoutBootTest {

    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path IMAGE = HOME.resolve("images/debian/12");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"lvm, checks again", "raid1, without /dev/vdb"})
    void anImagePassesAllChecksOnIt(String layout, String lastPhase) throws Exception {
        Host.assumeInstalled(HostRequirements.QEMU, "qemu-system-x86");
        Assumptions.assumeTrue(Files.exists(IMAGE.resolve("img.tar.lz4")), "debian/12 was not built: not tested");
        try (BuiltRackImages built = BuiltRackImages.open()) {
            ImageTest.Options options = new ImageTest.Options(
                    "debian/12",
                    ArtifactLocation.in(IMAGE),
                    HOME,
                    Optional.empty(),
                    Optional.empty(),
                    layout,
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

            TestReport report = new ImageTest(options, built.images, built.state, built.work, Progress.SILENT).run();

            assertThat(report.phases()).allSatisfy(phase -> {
                assertThat(phase.failure()).as(phase.name()).isEmpty();
                assertThat(phase.failedChecks()).as(phase.name()).isEmpty();
            });
            assertThat(report.phases().getLast().name()).isEqualTo(lastPhase);
            assertThat(report.phases().getLast().checks()).isNotEmpty();
        }
    }
}
