package io.metalimages.engine.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may take a working directory away, and when. */
class WorkDirectoryTest {

    private static final int ROUNDS = 30;

    @TempDir
    Path directory;

    /** Opens and closes a working directory so many times. */
    static final class Opening {
        public static void main(String[] arguments) throws Exception {
            StateDirectory state = new StateDirectory(Path.of(arguments[0]));
            for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
                try (WorkDirectory work = WorkDirectory.open(state, note -> System.out.println(note))) {
                    Files.writeString(work.newDirectory("x").resolve("file"), "x");
                }
            }
        }
    }

    private Process start(int rounds) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opening.class.getName(),
                        directory.toString(),
                        Integer.toString(rounds))
                .redirectErrorStream(true)
                .start();
    }

    private static String output(Process process) throws Exception {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void aSecondOneInTheProcessLeavesTheFirstItsLock() throws Exception {
        StateDirectory state = new StateDirectory(directory);
        try (WorkDirectory first = WorkDirectory.open(state, note -> {});
                WorkDirectory second = WorkDirectory.open(state, note -> {})) {
            Path kept = Files.writeString(first.newDirectory("x").resolve("file"), "in use");
            assertThat(output(start(1))).isEmpty();
            assertThat(kept).exists();
            assertThat(second.path()).exists();
        }
        assertThat(left(state)).isEmpty();
    }

    @Test
    void manyThatComeAndGoDontTakeEachOthersAway() throws Exception {
        List<Process> others = new ArrayList<>();
        for (int process = 0; process < 3; process++) {
            others.add(start(ROUNDS));
        }
        for (Process other : others) {
            assertThat(output(other)).as("nobody was taken for killed").isEmpty();
        }
        assertThat(left(new StateDirectory(directory))).isEmpty();
    }

    @Test
    void whatAKilledOneLeftGoesWithItsLock() throws Exception {
        StateDirectory state = new StateDirectory(directory);
        Files.createDirectories(state.work().resolve("0badcafe/view-1"));
        Files.createFile(state.work().resolve("0badcafe.lock"));
        Files.createFile(state.work().resolve("deadbeef.lock"));
        Files.createDirectory(state.work().resolve("12345678"));
        List<String> notes = new ArrayList<>();
        WorkDirectory.open(state, notes::add).close();
        assertThat(notes)
                .containsExactly(
                        "Cleaned up after a run that was killed (0badcafe).",
                        "Cleaned up after a run that was killed (12345678).");
        assertThat(left(state)).isEmpty();
    }

    private static List<String> left(StateDirectory state) throws IOException {
        try (Stream<Path> entries = Files.list(state.work())) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.equals(".guard"))
                    .toList();
        }
    }
}
