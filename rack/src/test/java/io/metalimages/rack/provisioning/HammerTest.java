package io.metalimages.rack.provisioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.RackImages;
import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.machine.AccelerationProbe;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.machine.Disk;
import io.metalimages.rack.machine.EmulatedKvm;
import io.metalimages.rack.machine.Hardware;
import io.metalimages.rack.machine.HostRequirements;
import io.metalimages.rack.machine.Launcher;
import io.metalimages.rack.machine.NetworkCard;
import io.metalimages.testing.Host;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class HammerTest {

    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final long DISK_MEBIBYTES = 8192;

    @TempDir
    private Path directory;

    private WorkDirectory work;
    private Launcher launcher;
    private Acceleration acceleration;
    private SnapshotStore.View images;
    private Hammer hammer;
    private final Heard heard = new Heard();

    @BeforeEach
    void build() throws Exception {
        Host.assumeRoot("build the hammer");
        Host.assumeInstalled(HostRequirements.QEMU, "qemu-system-x86");
        StateDirectory state = StateDirectory.fromEnvironment(System.getenv(), true);
        work = WorkDirectory.open(state, note -> {});
        launcher = Launcher.plain(work.launcher());
        SnapshotStore snapshots = new OverlaySnapshotStore(state);
        ImageBuilder builder = new ImageBuilder(
                Definitions.in(HOME.resolve("os"), System.getenv()),
                state,
                work,
                snapshots,
                BuildOptions.USUAL,
                System.getenv());
        images = new RackImages(HOME, builder, snapshots, work).hammer(Progress.SILENT);
        hammer = new Hammer(images.root());
        acceleration = new AccelerationProbe(state)
                .choose(Accelerator.AUTO, hammer.probe(), launcher, work.newDirectory("probe"), note -> {});
    }

    @AfterEach
    void close() throws Exception {
        if (images != null) {
            images.close();
        }
        if (work != null) {
            work.close();
        }
    }

    @Test
    void aFailureIsReportedWithItsPhase() throws Exception {
        Path image = Files.writeString(directory.resolve("img.tar.lz4"), "not an image");
        Files.writeString(directory.resolve("img.tar.lz4.md5"), "0123  img.tar.lz4\n");

        assertThatThrownBy(() -> install(image))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("in its phase burn")
                .hasMessageContaining("does not begin with an LZ4 frame");
        assertThat(heard.begun).containsExactly("partition", "format", "mount", "burn");
        assertThat(heard.ended).containsExactly("partition", "format", "mount");
    }

    @Test
    void anImageWithAnotherMd5SumIsNotInstalled() throws Exception {
        Path image = image("image", "exit 0");
        Files.writeString(image.resolveSibling("img.tar.lz4.md5"), "0123456789abcdef0123456789abcdef  img.tar.lz4\n");

        assertThatThrownBy(() -> install(image))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("in its phase burn")
                .hasMessageContaining("MD5 sum is " + md5(image))
                .hasMessageContaining("says 0123456789abcdef0123456789abcdef");
    }

    @Test
    void anInstallerThatFailsEndsTheInstallation() throws Exception {
        assertThatThrownBy(() -> install(image("image", "echo the disk is too blue; exit 1")))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("in its phase install")
                .hasMessageContaining("/install.sh ended with status 1");
        assertThat(heard.said).contains("the disk is too blue");
        assertThat(heard.ended).containsExactly("partition", "format", "mount", "burn");
    }

    @Test
    void whatIsInASecondFrameIsNotRead() throws Exception {
        Path image = image("first", "echo from the first frame; exit 1");
        Path second = image("second", "echo from the second frame; exit 1");
        Files.write(image, Files.readAllBytes(second), StandardOpenOption.APPEND);
        Files.writeString(image.resolveSibling("img.tar.lz4.md5"), md5(image) + "  img.tar.lz4\n");

        assertThatThrownBy(() -> install(image))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("in its phase install");
        assertThat(heard.said).contains("from the first frame").doesNotContain("from the second frame");
    }

    /** By emulation, as this machine's KVM is not what is tested. */
    @Test
    void itsKernelsFirstWordIsWhatTheProbeOfKvmListensFor() throws Exception {
        assertThat(EmulatedKvm.probe(directory)
                        .choose(
                                Accelerator.AUTO,
                                hammer.probe(),
                                EmulatedKvm.launcher(launcher),
                                work.newDirectory("probe"),
                                note -> {}))
                .isEqualTo(Acceleration.kvm());
    }

    /** An image of a shell and an installer. */
    private Path image(String name, String installer) throws Exception {
        Path root = directory.resolve(name + "-root");
        Path programs = Files.createDirectories(root.resolve("bin"));
        Files.copy(images.root().resolve("bin/busybox"), programs.resolve("busybox"));
        for (String applet : List.of("sh", "echo")) {
            Files.createSymbolicLink(programs.resolve(applet), Path.of("busybox"));
        }
        Path script = Files.writeString(root.resolve("install.sh"), "#!/bin/sh\n" + installer + "\n");
        for (Path program : List.of(programs.resolve("busybox"), script)) {
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        new ArtifactExporter(new ExportOptions(
                        ModificationTimes.notAfter(Instant.EPOCH), new BlockCache(directory.resolve("blocks"))))
                .export(root, directory.resolve(name), ExportProgress.SILENT);
        return directory.resolve(name).resolve("img.tar.lz4");
    }

    private static String md5(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file)));
    }

    private void install(Path image) throws Exception {
        Layout layout = Layout.read(HOME.resolve("rack/layouts/default.yaml"));
        HammerTask task = HammerTask.installation(
                layout,
                Burn.METAL_HAMMER,
                image,
                allocation(),
                Optional.empty(),
                Optional.empty(),
                HammerTask.Then.START_SYSTEM);
        hammer.run(task, service(), hardware(layout), acceleration, launcher, heard)
                .close();
    }

    private Hardware hardware(Layout layout) throws Exception {
        layout.requireFitting(DISK_MEBIBYTES);
        List<Disk> disks = new ArrayList<>();
        for (Disk.Bus bus : layout.buses()) {
            disks.add(Disk.blank(directory.resolve("disk" + disks.size()), DISK_MEBIBYTES << 20, bus));
        }
        Path machine = Files.createDirectory(directory.resolve("machine"));
        return new Hardware(
                2,
                3072,
                disks,
                List.of(
                        new NetworkCard.UserNetwork("02:00:00:00:00:01", Map.of()),
                        new NetworkCard.UserNetwork("02:00:00:00:00:02", Map.of())),
                machine,
                machine.resolve("console.log"));
    }

    private static Hammer.Service service() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        return new Hammer.Service(
                server, "http://10.0.2.2:" + server.getAddress().getPort(), Optional.of("10.0.2.15/24"));
    }

    private static String allocation() {
        return """
            hostname: machine
            machineuuid: 00000000-0000-0000-0000-000000000001
            sshpublickey: ""
            password: a-password-for-the-console
            console: ttyS0,115200n8
            timestamp: "2026-01-01T00:00:00Z"
            role: machine
            networks:
              - asn: 4200003073
                destinationprefixes: []
                ips: [10.0.16.2]
                nat: false
                networkid: private
                networktype: privateprimaryunshared
                prefixes: [10.0.16.0/22]
                private: true
                projectid: project
                underlay: false
                vrf: 3981
            nics:
              - {mac: "02:00:00:00:00:01", name: lan0, identifier: lan0, neighbors: []}
              - {mac: "02:00:00:00:00:02", name: lan1, identifier: lan1, neighbors: []}
            """;
    }

    private static final class Heard implements Hammer.Listener {

        private final List<String> begun = new ArrayList<>();
        private final List<String> ended = new ArrayList<>();
        private final List<String> said = new ArrayList<>();

        @Override
        public void begun(String phase) {
            begun.add(phase);
        }

        @Override
        public void ended(String phase, Duration duration) {
            ended.add(phase);
        }

        @Override
        public void said(String line) {
            said.add(line);
        }
    }
}
