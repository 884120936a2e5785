package io.metalimages.rack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.check.ArtifactCheck;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.check.Loss;
import io.metalimages.engine.Progress;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.provisioning.Burn;
import io.metalimages.rack.provisioning.InitialDisks;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Breaks images, one way at a time, and looks whether the test of an image names just that: here what shows in the artifact,
 * before a machine is switched on. It needs not the whole of debian/12 and almalinux/9, for which miniatures of the same names
 * stand.
 */
class BreachesTest {

    private static final Path BREACHES = Path.of("src/test/resources/breaches");

    @TempDir
    private static Path shared;

    private static BuiltRackImages built;
    private static ArtifactLocation sound;
    private static ArtifactLocation soundOfRedHatsFamily;

    @TempDir
    private Path directory;

    @BeforeAll
    static void buildMiniature() throws Exception {
        Host.assumeRoot("build images");
        Path busybox = Host.busybox();
        Path definitions = shared.resolve("os");
        for (String name : List.of("debian", "almalinux")) {
            Path miniature = Files.createDirectories(definitions.resolve(name));
            for (String file : List.of("docker-make.yaml", "Dockerfile")) {
                Files.copy(BREACHES.resolve("miniature").resolve(name).resolve(file), miniature.resolve(file));
            }
            Files.copy(busybox, miniature.resolve("busybox"));
        }
        built = BuiltRackImages.open(definitions);
        sound = built.image(definitions.resolve("debian"), shared.resolve("sound"));
        soundOfRedHatsFamily =
                built.image(definitions.resolve("almalinux"), shared.resolve("sound-of-red-hats-family"));
    }

    @AfterAll
    static void close() throws Exception {
        if (built != null) {
            built.close();
        }
    }

    private ArtifactLocation image(String breach) throws Exception {
        return built.image(BREACHES.resolve("images").resolve(breach), directory.resolve(breach));
    }

    /** A copy that can be spoilt. */
    private ArtifactLocation copyOfSound() throws IOException {
        ArtifactLocation copy = ArtifactLocation.in(Files.createDirectory(directory.resolve("copy")));
        Files.copy(sound.tarball(), copy.tarball());
        Files.copy(sound.md5File(), copy.md5File());
        Files.copy(sound.packages(), copy.packages());
        return copy;
    }

    private void shell(ArtifactLocation image, String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-eu", "-c", script)
                .directory(image.tarball().resolveSibling("").toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).as(script).isZero();
    }

    private static CheckReport check(ArtifactLocation image) throws Exception {
        return new ArtifactCheck().check(image, CheckProgress.SILENT);
    }

    /** The one phase in which the test of an image has to end, and the one check that has to have failed. */
    private CheckResult onlyFailure(ArtifactLocation image) throws Exception {
        ImageTest.Options options = new ImageTest.Options(
                "breach",
                image,
                BuiltRackImages.HOME,
                Optional.empty(),
                Optional.empty(),
                "default",
                Burn.METAL_HAMMER,
                Optional.empty(),
                "none",
                Optional.of(ImageTest.Network.USER),
                Accelerator.AUTO,
                OptionalInt.empty(),
                2048,
                new ImageTest.Extent(1, false),
                directory.resolve("reports"),
                new InitialDisks.Blank(Optional.empty()));
        TestReport report = new ImageTest(options, built.images, built.state, built.work, Progress.SILENT).run();
        assertThat(report.passed()).isFalse();
        assertThat(report.phases()).singleElement().satisfies(phase -> {
            assertThat(phase.name()).isEqualTo("contract");
            assertThat(phase.failure()).isEmpty();
            assertThat(phase.failedChecks()).hasSize(1);
        });
        return report.phases().getFirst().failedChecks().getFirst();
    }

    @Test
    void whatIsNotBrokenIsNotBlamed() throws Exception {
        assertThat(check(sound).findings()).isEmpty();
        assertThat(check(soundOfRedHatsFamily).findings()).isEmpty();
    }

    @Test
    void aSecondKernelIsNamed() throws Exception {
        CheckResult failure = onlyFailure(image("second-kernel"));
        assertThat(failure.title()).isEqualTo("MI404 /boot: several-kernels");
        assertThat(failure.message())
                .hasValue("There is more than one kernel: the installer refuses to choose. "
                        + "There are 6.1.0-1-amd64 and 9.9.9-amd64.");
    }

    @Test
    void anMd5FileWithoutTheSpaceIsNamed() throws Exception {
        ArtifactLocation image = copyOfSound();
        shell(image, "sed -i 's/ .*//' img.tar.lz4.md5");
        CheckResult failure = onlyFailure(image);
        assertThat(failure.title()).isEqualTo("MI202 img.tar.lz4.md5: md5-form");
        assertThat(failure.message().orElseThrow())
                .contains("what stands before the first space", "There is no space behind the hash");
    }

    @Test
    void aSecondFrameIsNamedWithItsPlace() throws Exception {
        ArtifactLocation image = copyOfSound();
        Host.assumeInstalled("lz4", "lz4");
        shell(image, """
                lz4 -q -dc img.tar.lz4 >img.tar
                head -c 65536 img.tar | lz4 -9 >img.tar.lz4
                size="$(stat -c %s img.tar.lz4)"
                tail -c +65537 img.tar | lz4 -9 >>img.tar.lz4
                md5sum img.tar.lz4 >img.tar.lz4.md5
                echo "$size" >size
                """);
        CheckResult failure = onlyFailure(image);
        assertThat(failure.title()).isEqualTo("MI103 img.tar.lz4: several-frames");
        String size = Files.readString(image.tarball().resolveSibling("size")).strip();
        assertThat(failure.message().orElseThrow())
                .contains("the machine gets half an image", "The first frame ends at byte " + size);
    }

    /** The exporter leaves keys out by itself, so they have to be smuggled in. */
    @Test
    void aShippedHostKeyIsNamed() throws Exception {
        ArtifactLocation image = copyOfSound();
        Host.assumeInstalled("lz4", "lz4");
        shell(image, """
                mkdir -p root/etc/ssh
                echo key >root/etc/ssh/ssh_host_ed25519_key
                lz4 -q -dc img.tar.lz4 >img.tar
                tar --append --file img.tar --owner 0 --group 0 --directory root etc/ssh/ssh_host_ed25519_key
                lz4 -q -9 -f img.tar img.tar.lz4
                md5sum img.tar.lz4 >img.tar.lz4.md5
                """);
        CheckResult failure = onlyFailure(image);
        assertThat(failure.title()).isEqualTo("MI502 /etc/ssh/ssh_host_ed25519_key: machine-state");
        assertThat(failure.message().orElseThrow())
                .contains("every machine with this image would have the same", "and a secret");
    }

    @Test
    void aMissingShimIsNamed() throws Exception {
        assertThat(check(image("without-shim")).findings())
                .extracting(Finding::code, Finding::path, Finding::detail)
                .containsExactly(
                        tuple(
                                CheckCode.BOOT_LOADER_MISSING,
                                "/boot/efi/EFI/BOOT",
                                "There is no loader that the firmware finds by itself (BOOTX64.EFI)."),
                        tuple(
                                CheckCode.BOOT_LOADER_MISSING,
                                "/boot/efi/EFI/almalinux",
                                "There is no shim (shimx64.efi)."));
    }

    @Test
    void networkdThatIsOffIsNamed() throws Exception {
        CheckResult failure = onlyFailure(image("networkd-off"));
        assertThat(failure.title()).isEqualTo("MI416 /lib/systemd/system/systemd-networkd.service: network-off");
        assertThat(failure.message().orElseThrow())
                .contains("the machine would stay without one", "It is not enabled.");
    }

    @Test
    void aRelabelIsNamed() throws Exception {
        CheckResult failure = onlyFailure(image("selinux-relabel"));
        assertThat(failure.title()).isEqualTo("MI417 /.autorelabel: labels-wanted");
        assertThat(failure.message().orElseThrow()).contains("the first boot ends in a restart");
    }

    @Test
    void enforcedLabelsAreNamed() throws Exception {
        CheckResult failure = onlyFailure(image("selinux-enforcing"));
        assertThat(failure.title()).isEqualTo("MI417 /etc/selinux/config: labels-wanted");
        assertThat(failure.message().orElseThrow()).contains("nothing would be allowed to start", "It says enforcing.");
    }

    /** A warning: the image works, until somebody needs the directory. On the machine it is a failure. */
    @Test
    void aDirectoryThatLosesItsModeIsNamed() throws Exception {
        CheckReport report = check(image("world-writable-directory"));
        assertThat(report.errors()).isEmpty();
        assertThat(report.warnings())
                .extracting(Finding::code, Finding::path)
                .containsExactly(tuple(CheckCode.MODE_LOST, "/var/lib/exchange"));
        assertThat(report.losses())
                .filteredOn(loss -> loss.aspect() == Loss.Aspect.MODE)
                .containsExactly(new Loss("/var/lib/exchange", Loss.Aspect.MODE, "1777", "0755", Optional.empty()));
    }
}
