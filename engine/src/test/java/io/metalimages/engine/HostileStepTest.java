package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.engine.exec.Network;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step may not do to the machine that builds it. */
class HostileStepTest {

    private static final int EPERM = 1;
    private static final int ENOSYS = 38;
    private static final int CONNECTION_REFUSED = 111;

    private static final int NEW_USER_NAMESPACE = 0x10000000;

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private Busybox busybox;

    @BeforeEach
    void prepare() throws Exception {
        busybox = new Busybox(directory);
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        if (work != null) {
            work.close();
        }
    }

    private String tellOf(Operation step) throws Exception {
        Snapshot made = new Solver(state, snapshots, work, false).solve(step, Progress.SILENT);
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            return Files.readString(view.root().resolve("told"));
        }
    }

    /** What a step tries with the files of the kernel, with devices and with other processes. */
    @Test
    void reachesNothingOfTheMachine() throws Exception {
        String disk = Files.readAllLines(Path.of("/proc/partitions")).stream()
                .map(String::strip)
                .filter(line -> line.matches("[0-9].*"))
                .map(line -> line.split("\\s+"))
                .map(fields -> fields[0] + " " + fields[1])
                .findFirst()
                .orElse("8 0");
        SequencedMap<String, String> tries = new LinkedHashMap<>();
        tries.put("file of its own", "echo 1 >/own");
        tries.put("setting of the kernel", "echo 1 >/proc/sys/kernel/panic");
        tries.put("system request", "echo h >/proc/sysrq-trigger");
        tries.put("attribute of a device", "echo 1 >/sys/kernel/profiling");
        tries.put("control group", "mkdir /sys/fs/cgroup/another");
        tries.put("disk", "mknod /disk b " + disk + " && dd if=/disk of=/null count=1");
        tries.put("memory", "mknod /memory c 1 1 && dd if=/memory of=/null count=1");
        tries.put("messages of the kernel", "mknod /messages c 1 11 && dd if=/messages of=/null count=1");
        tries.put("memory of the kernel", "dd if=/proc/kcore of=/null count=1 && test -s /null");
        tries.put("keys of the user", "test -n \"$(cat /proc/keys)\"");
        tries.put("process of the machine", "kill -0 " + ProcessHandle.current().pid());
        tries.put("mount", "mount -t tmpfs none /mnt");
        tries.put("root of the machine", "test -e /proc/1/root" + directory);
        StringBuilder script = new StringBuilder("mkdir -p /mnt; ");
        tries.forEach((name, command) ->
                script.append("if (%s) 2>/null; then echo '%s' >>/told; fi; ".formatted(command, name)));
        script.append("echo done >>/told");

        assertThat(tellOf(Busybox.run(busybox.root(), script.toString()))).isEqualTo("file of its own\ndone\n");
    }

    /** A system call, and the only error number that it may have. */
    private record Call(int error, int number, List<Object> arguments) {
        static Call refused(int number, Object... arguments) {
            return new Call(EPERM, number, List.of(arguments));
        }
    }

    @Test
    void hasOnlyTheSystemCallsOfAContainer() throws Exception {
        assumeTrue("amd64".equals(System.getProperty("os.arch")), "the programs are for 64-bit x86");
        Map<String, Call> calls = new TreeMap<>(Map.ofEntries(
                Map.entry("keyctl: of the user", Call.refused(250, 0, -4, 0)),
                Map.entry("keyctl: of the session", Call.refused(250, 0, -3, 0)),
                Map.entry("add_key", Call.refused(248, "user", "name", "text", 4, -4)),
                Map.entry("request_key", Call.refused(249, "user", "name", 0, -4)),
                Map.entry("io_uring_setup", Call.refused(425, 1, 0)),
                Map.entry("userfaultfd", Call.refused(323, 1)),
                Map.entry("bpf", Call.refused(321, 0, 0, 0)),
                Map.entry("perf_event_open", Call.refused(298, 0, 0, 0, 0, 0)),
                Map.entry("unshare: a user namespace", Call.refused(272, NEW_USER_NAMESPACE)),
                Map.entry("clone: a user namespace", Call.refused(56, NEW_USER_NAMESPACE | 17, 0, 0, 0, 0)),
                Map.entry("clone3", new Call(ENOSYS, 435, List.of(0, 0))),
                Map.entry("setns", Call.refused(308, 0, 0)),
                Map.entry("mount", Call.refused(165, "none", "/mnt", "tmpfs", 0, 0)),
                Map.entry("fsopen", Call.refused(430, "proc", 0)),
                Map.entry("open_tree", Call.refused(428, -100, "/", 1)),
                Map.entry("pivot_root", Call.refused(155, "/", "/")),
                Map.entry("open_by_handle_at", Call.refused(304, -100, 0, 0)),
                Map.entry("init_module", Call.refused(175, 0, 0, "")),
                Map.entry("kexec_load", Call.refused(246, 0, 0, 0, 0)),
                Map.entry("reboot", Call.refused(169, 0, 0, 0, 0)),
                Map.entry("settimeofday", Call.refused(164, 0, 0)),
                Map.entry("swapon", Call.refused(167, "/dev/null", 0)),
                Map.entry("acct", Call.refused(163, "/log")),
                Map.entry("syslog", Call.refused(103, 3, 0, 0)),
                Map.entry("iopl", Call.refused(172, 3)),
                Map.entry("sethostname", Call.refused(170, "name", 4)),
                Map.entry("socket: to the hypervisor", Call.refused(41, 40, 1, 0)),
                Map.entry("socket: cryptography of the kernel", Call.refused(41, 38, 5, 0)),
                Map.entry("personality: no address randomisation", Call.refused(135, 0x40000)),
                Map.entry("getpid", new Call(0, 39, List.of())),
                Map.entry("socket: of the internet", new Call(0, 41, List.of(2, 1, 0))),
                Map.entry("personality: the present one", new Call(0, 135, List.of(0xffffffffL)))));
        Path programs = Files.createDirectory(directory.resolve("programs"));
        StringBuilder wanted = new StringBuilder();
        StringBuilder script = new StringBuilder();
        for (Map.Entry<String, Call> call : calls.entrySet()) {
            Path program = programs.resolve("call" + script.length());
            SystemCallProgram.write(
                    program,
                    new SystemCallProgram.Call(
                            call.getValue().number(), call.getValue().arguments()));
            script.append("status=0; /programs/%s || status=$?; echo '%s' $status >> /told; "
                    .formatted(program.getFileName(), call.getKey()));
            wanted.append(call.getKey())
                    .append(' ')
                    .append(call.getValue().error())
                    .append('\n');
        }
        Operation root = Busybox.copy(busybox.root(), programs, List.of("."), "/programs/");

        assertThat(tellOf(Busybox.run(root, script.toString()))).isEqualTo(wanted.toString());
    }

    /** A socket with an abstract name has no file that could be hidden: it belongs to a network namespace. */
    @Test
    void reachesSocketsWithAbstractNamesOnlyOnTheNetworkOfTheMachine() throws Exception {
        assumeTrue("amd64".equals(System.getProperty("os.arch")), "the programs are for 64-bit x86");
        Host.assumeInstalled("slirp4netns", "slirp4netns");
        String name = "metal-images-test-" + ProcessHandle.current().pid();
        String address = "\u0001\0\0" + name;
        int length = 3 + name.length();
        SystemCallProgram.Call socket = SystemCallProgram.Call.of(41, 1, 1, 0);
        Path programs = Files.createDirectory(directory.resolve("programs"));
        Path serve = programs.resolve("serve");
        Path connect = programs.resolve("connect");
        SystemCallProgram.write(
                serve,
                socket,
                SystemCallProgram.Call.of(49, 3, address, length),
                SystemCallProgram.Call.of(50, 3, 8),
                SystemCallProgram.Call.of(34));
        SystemCallProgram.write(connect, socket, SystemCallProgram.Call.of(42, 3, address, length));
        Operation root = Busybox.copy(busybox.root(), programs, List.of("connect"), "/");
        String script = "status=0; /connect || status=$?; echo $status >/told";

        Process server = new ProcessBuilder(serve.toString()).start();
        try {
            while (new ProcessBuilder(connect.toString()).start().waitFor() != 0) {
                assertThat(server.isAlive()).as("the server of the test").isTrue();
            }
            for (Network network : List.of(Network.NONE, Network.OUTGOING)) {
                assertThat(tellOf(Busybox.run(root, script, "", network)))
                        .as(network.name())
                        .isEqualTo(CONNECTION_REFUSED + "\n");
            }
            assertThat(tellOf(Busybox.run(root, script, "", Network.HOST))).isEqualTo("0\n");
        } finally {
            server.destroyForcibly().waitFor();
        }
    }
}
