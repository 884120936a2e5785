package io.metalimages.rack.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a sandbox holds, and that nothing is left of it. */
class NetworkSandboxTest {

    @TempDir
    Path directory;

    /** Holds a sandbox with a namespace and a program until it is killed. Prints the namespaces. */
    static final class Holding {

        public static void main(String[] arguments) throws Exception {
            StateDirectory state = new StateDirectory(Path.of(arguments[0]));
            WorkDirectory work = WorkDirectory.open(state, note -> {});
            NetworkSandbox sandbox = NetworkSandbox.open(work);
            for (String namespace : populate(sandbox)) {
                System.out.println(namespace);
            }
            System.out.println("held");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** Puts programs, also one that has left its session, into two namespaces. Returns what stands for all namespaces. */
    private static Set<String> populate(NetworkSandbox sandbox) throws IOException, InterruptedException {
        NetworkNamespace far = sandbox.add("far");
        Set<String> namespaces = new HashSet<>();
        for (NetworkNamespace namespace : List.of(sandbox.rack(), far)) {
            sandbox.start(namespace, new ProcessBuilder("sh", "-c", "setsid sleep infinity & exec sleep infinity"));
            namespaces.addAll(
                    sandbox.run(namespace, "readlink", "/proc/self/ns/net", "/proc/self/ns/mnt", "/proc/self/ns/pid")
                            .lines()
                            .toList());
        }
        return namespaces;
    }

    @BeforeEach
    void requireRoot() {
        Host.assumeRoot("do without a user namespace of the launcher");
    }

    private WorkDirectory work(String state) throws IOException, InterruptedException {
        return WorkDirectory.open(new StateDirectory(directory.resolve(state)), note -> {});
    }

    /** The processes in any of these namespaces, or with a file of theirs open. */
    private static List<String> usersOf(Set<String> namespaces) throws IOException {
        List<String> users = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            for (String kind : List.of("net", "mnt", "pid")) {
                Path link = Path.of("/proc", Long.toString(process.pid()), "ns", kind);
                try {
                    if (namespaces.contains(Files.readSymbolicLink(link).toString())) {
                        users.add(process.pid() + " "
                                + process.info().commandLine().orElse("?") + " in " + kind);
                    }
                } catch (IOException ended) {
                    assertThat(Files.exists(link)).isFalse();
                }
            }
        }
        return users;
    }

    @Test
    void nothingIsLeftWhenItIsClosed() throws Exception {
        try (WorkDirectory work = work("state")) {
            Set<String> namespaces;
            try (NetworkSandbox sandbox = NetworkSandbox.open(work)) {
                namespaces = populate(sandbox);
                assertThat(namespaces).hasSize(4);
                assertThat(usersOf(namespaces)).hasSizeGreaterThan(4);
            }
            assertThat(usersOf(namespaces)).isEmpty();
            assertThat(Mounts.mountedBelow(directory)).isEmpty();
        }
        assertThat(directory.resolve("state/work")).isDirectoryNotContaining(Files::isDirectory);
    }

    @Test
    void nothingIsLeftWhenTheHolderIsKilled() throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holding.class.getName(),
                        directory.resolve("state").toString())
                .redirectError(directory.resolve("errors").toFile())
                .start();
        Set<String> namespaces = new HashSet<>();
        try (BufferedReader output = holder.inputReader()) {
            for (String line = output.readLine(); !"held".equals(line); line = output.readLine()) {
                assertThat(line)
                        .as(Files.readString(directory.resolve("errors")))
                        .isNotNull();
                namespaces.add(line);
            }
            assertThat(usersOf(namespaces)).isNotEmpty();
            holder.destroyForcibly().waitFor();
        }
        // Nobody clears up: the kernel does.
        while (!usersOf(namespaces).isEmpty()) {
            Thread.sleep(10);
        }
        assertThat(Mounts.mountedBelow(directory)).isEmpty();
    }

    @Test
    void twoDoNotMeet() throws Exception {
        try (WorkDirectory work = work("state");
                NetworkSandbox one = NetworkSandbox.open(work)) {
            Set<String> ofOne = populate(one);
            Set<String> ofOther;
            try (NetworkSandbox other = NetworkSandbox.open(work)) {
                ofOther = populate(other);
                assertThat(ofOther).doesNotContainAnyElementsOf(ofOne);
            }
            assertThat(usersOf(ofOther)).isEmpty();
            assertThat(one.run(one.rack(), "echo", "alive")).isEqualTo("alive\n");
        }
    }

    /** What waits for a program in its stead stops along with it. */
    @Test
    void aStoppedProgramEndsToo() throws Exception {
        try (WorkDirectory work = work("state")) {
            Process program;
            try (NetworkSandbox sandbox = NetworkSandbox.open(work)) {
                program = sandbox.start(sandbox.rack(), new ProcessBuilder("sh", "-c", "kill -STOP $$"));
                Path status = Path.of("/proc", Long.toString(program.pid()), "status");
                while (!Files.readString(status).contains("State:\tT")) {
                    Thread.sleep(10);
                }
            }
            assertThat(program.isAlive()).isFalse();
        }
    }

    @Test
    void aProgramCanBeEndedAlone() throws Exception {
        try (WorkDirectory work = work("state");
                NetworkSandbox sandbox = NetworkSandbox.open(work)) {
            Path here = directory.resolve("here");
            Process process = sandbox.start(
                    sandbox.rack(),
                    new ProcessBuilder(
                            "sh",
                            "-c",
                            "trap 'echo ended > \"$0\"; exit 7' TERM; echo ready; while :; do sleep 0.1; done",
                            here.toString()));
            assertThat(process.inputReader().readLine()).isEqualTo("ready");
            process.destroy();
            assertThat(process.waitFor()).isEqualTo(7);
            assertThat(here).hasContent("ended");
        }
    }

    @Test
    void aProgramThatFailsIsReportedWithItsErrors() throws Exception {
        try (WorkDirectory work = work("state");
                NetworkSandbox sandbox = NetworkSandbox.open(work)) {
            assertThatThrownBy(() -> sandbox.run(sandbox.rack(), "sh", "-c", "echo of no use >&2; exit 3"))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContainingAll("exit status 3", "of no use", "rack");
        }
    }

    @Test
    void aSocketBelongsToItsNamespace() throws Exception {
        try (WorkDirectory work = work("state");
                NetworkSandbox sandbox = NetworkSandbox.open(work)) {
            NetworkNamespace far = sandbox.add("far");
            InetSocketAddress any = new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);
            try (ServerSocket server = sandbox.inNamespace(far, () -> {
                ServerSocket made = new ServerSocket();
                made.bind(any);
                return made;
            })) {
                String listening = ":%04X".formatted(server.getLocalPort());
                assertThat(sandbox.run(far, "cat", "/proc/net/tcp", "/proc/net/tcp6"))
                        .contains(listening);
                assertThat(sandbox.run(sandbox.rack(), "cat", "/proc/net/tcp", "/proc/net/tcp6"))
                        .doesNotContain(listening);
            }
        }
    }
}
