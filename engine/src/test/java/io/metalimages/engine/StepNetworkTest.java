package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step reaches. Servers of this test stand in for those of the machine and of the world. */
class StepNetworkTest {

    private static final String GREETING = "good day";

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private Busybox busybox;

    @BeforeEach
    void prepare() throws Exception {
        busybox = new Busybox(directory);
        Host.assumeInstalled("slirp4netns", "slirp4netns");
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        if (work != null) {
            assertThat(carriers())
                    .as("what carried a step's connections ended with it")
                    .isEmpty();
            work.close();
            assertThat(Mounts.mountedBelow(directory)).isEmpty();
        }
    }

    private List<String> carriers() {
        return ProcessHandle.current()
                .descendants()
                .map(process -> process.info().command().orElse(""))
                .filter(command -> command.contains("slirp4netns") || command.contains("pasta"))
                .toList();
    }

    /** A server that greets whoever connects. */
    private static final class Greeter implements AutoCloseable {

        private final ServerSocket socket;
        private final Thread thread;

        Greeter(InetAddress address) throws IOException {
            socket = new ServerSocket(0, 50, address);
            thread = Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        try (Socket connection = socket.accept()) {
                            connection.getOutputStream().write((GREETING + "\n").getBytes(StandardCharsets.UTF_8));
                        }
                    }
                } catch (IOException closed) {
                    assertThat(socket.isClosed()).isTrue();
                }
            });
        }

        int port() {
            return socket.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            socket.close();
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private String told(String script, Network network) throws Exception {
        Operation step = Busybox.run(busybox.root(), script, "", network);
        Snapshot made = new Solver(state, snapshots, work, false).solve(step, Progress.SILENT);
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            return Files.readString(view.root().resolve("told"));
        }
    }

    private static String asking(String address, int port) {
        return "(nc -w 5 %s %d </dev/null || echo none) >> /told 2>/dev/null; ".formatted(address, port);
    }

    private static Optional<Inet4Address> outwardAddress() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet4Address.class::isInstance)
                .map(Inet4Address.class::cast)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .findFirst();
    }

    @Test
    void theMachinesLoopbackIsOutOfReach() throws Exception {
        try (Greeter greeter = new Greeter(InetAddress.ofLiteral("127.0.0.1"))) {
            String script = asking("127.0.0.1", greeter.port())
                    + asking("10.0.2.2", greeter.port())
                    + "cut -c1-3 /proc/net/unix | sort -u >> /told";
            assertThat(told(script, Network.OUTGOING)).isEqualTo("none\nnone\nNum\n");
            assertThat(told(asking("127.0.0.1", greeter.port()), Network.NONE)).isEqualTo("none\n");
            assertThat(told(asking("127.0.0.1", greeter.port()), Network.HOST)).isEqualTo(GREETING + "\n");
        }
    }

    @Test
    void connectionsLeadOut() throws Exception {
        Optional<Inet4Address> address = outwardAddress();
        assumeTrue(address.isPresent(), "this machine has no address but loopback ones");
        try (Greeter greeter = new Greeter(address.orElseThrow())) {
            String asking = asking(address.orElseThrow().getHostAddress(), greeter.port());
            assertThat(told(asking, Network.OUTGOING)).isEqualTo(GREETING + "\n");
            assertThat(told(asking, Network.NONE)).isEqualTo("none\n");
        }
    }

    @Test
    void namesAreResolvedThroughTheStepsOwnServer() throws Exception {
        assertThat(told("cat /etc/resolv.conf /etc/hosts > /told; echo changed > /etc/hosts", Network.OUTGOING))
                .startsWith("nameserver 10.0.2.3\n")
                .contains("127.0.0.1 localhost");
        assertThat(Files.readString(Path.of("/etc/hosts"))).isNotEqualTo("changed\n");
        assertThat(told("wc -c < /etc/resolv.conf > /told", Network.NONE)).isEqualTo("0\n");
    }

    @Test
    void interfacesAreTheStepsOwn() throws Exception {
        assertThat(told("ls /sys/class/net > /told", Network.OUTGOING)).isEqualTo("lo\ntap0\n");
        assertThat(told("ls /sys/class/net > /told", Network.NONE)).isEqualTo("lo\n");
    }
}
