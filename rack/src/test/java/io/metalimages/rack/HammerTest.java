package io.metalimages.rack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.engine.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Snapshots;
import io.metalimages.engine.StateDirectory;
import io.metalimages.engine.WorkDirectory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class HammerTest {

    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Duration LONG = Duration.ofMinutes(15);
    private static final long DISK_MEBIBYTES = 8192;

    @TempDir
    private Path directory;

    private WorkDirectory work;
    private Launcher launcher;
    private Acceleration acceleration;
    private Snapshots.View equipment;
    private Hammer hammer;

    @BeforeEach
    void build() throws Exception {
        Program.assumeRoot("build the hammer");
        Program.assumeInstalled(Machine.QEMU, "qemu-system-x86");
        StateDirectory state = StateDirectory.fromEnvironment(System.getenv(), true);
        work = WorkDirectory.open(state, note -> {});
        launcher = Launcher.plain(work.launcher());
        acceleration = Acceleration.probe(launcher, directory);
        Snapshots snapshots = new Snapshots(state);
        ImageBuilder builder = new ImageBuilder(
                Definitions.in(HOME.resolve("os"), System.getenv()),
                state,
                work,
                snapshots,
                new BuildOptions(false, false),
                System.getenv());
        equipment = new Equipment(HOME, builder, snapshots, work).hammer(Progress.SILENT);
        hammer = new Hammer(equipment.root());
    }

    @AfterEach
    void close() throws Exception {
        if (equipment != null) {
            equipment.close();
        }
        if (work != null) {
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "lvm", "raid1"})
    void anImageIsBurnedInstalledAndBootedFromItsDisks(String name) throws Exception {
        Path image = HOME.resolve("images/debian/12/img.tar.lz4");
        Assumptions.assumeTrue(Files.exists(image), "debian/12 was not built: not tested");
        Layout layout = Layout.read(HOME.resolve("rack/layouts/" + name + ".yaml"));
        Machine.Hardware hardware = hardware(layout);
        Heard heard = new Heard();
        try (Machine machine = hammer.run(
                HammerTask.installation(
                        layout,
                        Burn.METAL_HAMMER,
                        image,
                        allocation(),
                        Optional.of("#cloud-config\nruncmd: []\n"),
                        Optional.empty()),
                service(),
                hardware,
                acceleration,
                launcher,
                heard)) {
            assertThat(heard.ended).isEqualTo(HammerTask.INSTALLATION);
            machine.awaitOnConsole(" login:", LONG);
        }
        try (Machine machine = Machine.start(hardware, new Boot.FromDisk(), acceleration, launcher)) {
            machine.awaitOnConsole(" login:", LONG);
        }
        if (layout.isRaid()) {
            Machine.Hardware halved = new Machine.Hardware(
                    hardware.processors(),
                    hardware.memory(),
                    List.of(hardware.disks().getLast()),
                    hardware.cards(),
                    hardware.directory());
            try (Machine machine = Machine.start(halved, new Boot.FromDisk(), acceleration, launcher)) {
                machine.awaitOnConsole(" login:", LONG);
            }
        }
    }

    @Test
    void aFailureIsReportedWithItsPhase() throws Exception {
        Layout layout = Layout.read(HOME.resolve("rack/layouts/default.yaml"));
        Path image = Files.writeString(directory.resolve("img.tar.lz4"), "not an image");
        Files.writeString(directory.resolve("img.tar.lz4.md5"), "0123  img.tar.lz4\n");
        assertThatThrownBy(() -> hammer.run(
                        HammerTask.installation(
                                layout, Burn.METAL_HAMMER, image, allocation(), Optional.empty(), Optional.empty()),
                        service(),
                        hardware(layout),
                        acceleration,
                        launcher,
                        new Heard()))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("in its phase burn")
                .hasMessageContaining("does not begin with an LZ4 frame");
    }

    private Machine.Hardware hardware(Layout layout) throws Exception {
        layout.requireFitting(DISK_MEBIBYTES);
        List<Disk> disks = new ArrayList<>();
        for (Disk.Bus bus : layout.buses()) {
            disks.add(Disk.blank(directory.resolve("disk" + disks.size()), DISK_MEBIBYTES << 20, bus));
        }
        return new Machine.Hardware(
                2,
                3072,
                disks,
                List.of(
                        new NetworkCard.UserNetwork("02:00:00:00:00:01", Map.of()),
                        new NetworkCard.UserNetwork("02:00:00:00:00:02", Map.of())),
                Files.createDirectory(directory.resolve("machine")));
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

        private final List<String> ended = new ArrayList<>();

        @Override
        public void begun(String phase) {}

        @Override
        public void ended(String phase, Duration duration) {
            ended.add(phase);
            System.err.printf("%s %.1f s%n", phase, duration.toMillis() / 1000.0);
        }

        @Override
        public void said(String line) {
            System.err.println("  " + line);
        }
    }
}
