package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process leaves when it is killed, and that the next one clears it away. */
class KilledProcessTest {

    private static final int KILLS = 6;

    @TempDir
    Path directory;

    /** Solves a graph of several steps in the directory that is its argument. */
    static final class Solving {

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            StateDirectory state = new StateDirectory(directory.resolve("state"));
            try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
                new Solver(state, new OverlaySnapshotStore(state), work, false)
                        .solve(graph(directory), Progress.SILENT);
            }
        }

        static Operation graph(Path directory) throws IOException {
            Operation operation = new Busybox(Files.createTempDirectory(directory, "busybox")).root();
            for (int step = 0; step < 4; step++) {
                operation = Busybox.run(
                        operation, "sleep 0.3; echo " + step + " >> /survived; sleep 0.3", "", Network.OUTGOING);
            }
            return operation;
        }
    }

    @Test
    void nothingIsLeftOnceTheNextHasStarted() throws Exception {
        assertThat(new Busybox(directory.resolve("probe"))).isNotNull();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StateDirectory state = new StateDirectory(directory.resolve("state"));
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Solving.class.getName(),
                            directory.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("output").toFile())
                    .start();
            Thread.sleep(300 + random.nextInt(2500));
            process.destroyForcibly().waitFor();

            List<String> notes = new ArrayList<>();
            WorkDirectory next = WorkDirectory.open(state, notes::add);
            assertThat(Mounts.mountedBelow(directory))
                    .as("mounts, seed " + seed)
                    .isEmpty();
            assertThat(containerProcesses()).as("processes, seed " + seed).isEmpty();
            try (Stream<Path> left = Files.list(state.work())) {
                assertThat(left.filter(Files::isDirectory))
                        .as("work, seed " + seed)
                        .containsExactly(next.path());
            }
            next.close();
        }

        try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
            SnapshotStore snapshots = new OverlaySnapshotStore(state);
            Snapshot made = new Solver(state, snapshots, work, false).solve(Solving.graph(directory), Progress.SILENT);
            try (SnapshotStore.View view = snapshots.view(made, work)) {
                assertThat(view.root().resolve("survived")).hasContent("0\n1\n2\n3");
            }
        }
    }

    /** Processes whose root or command tells that they belong to this test. */
    private List<String> containerProcesses() throws IOException {
        List<String> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            try {
                String command = Files.readString(proc.resolve("cmdline")).replace('\0', ' ');
                if (process.pid() != ProcessHandle.current().pid()
                        && !command.isEmpty()
                        && (command.contains(directory.toString()) || command.contains(">> /survived"))
                        && !command.contains("surefire")) {
                    found.add(process.pid() + " " + command);
                }
            } catch (IOException gone) {
                assertThat(process.isAlive()).isFalse();
            }
        }
        return found;
    }
}
