package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step may use up. */
class StepLimitsTest {

    private static final StepLimits USUAL = StepLimits.USUAL;

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private Busybox busybox;
    private final List<String> output = new ArrayList<>();

    @BeforeEach
    void prepare() throws Exception {
        busybox = new Busybox(directory);
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        if (work != null) {
            work.close();
        }
    }

    private void run(String script, StepLimits limits) throws Exception {
        new Solver(state, new OverlaySnapshotStore(state), work, false, limits)
                .solve(Busybox.run(busybox.root(), script), event -> {
                    if (event instanceof Progress.Event.Output(Step step, String line)) {
                        output.add(line);
                    }
                });
    }

    @Test
    void aLongLineIsCut() throws Exception {
        run("echo first; head -c 300000000 /dev/zero | tr '\\0' x; echo; echo last", USUAL);
        assertThat(output).hasSize(3).startsWith("first").endsWith("last");
        assertThat(output.get(1))
                .hasSizeLessThan(70_000)
                .endsWith("x [299934464 more characters of this line were cut]");
    }

    @Test
    void outputBeyondTheLimitIsDropped() throws Exception {
        run("yes | head -c 10000000", new StepLimits(USUAL.time(), USUAL.processes(), USUAL.memory(), 10_000));
        assertThat(output).hasSize(5001);
        assertThat(output.getLast()).contains("10000", "--step-log-size");
        try (Stream<Path> logs = Files.list(state.logs())) {
            assertThat(logs).allSatisfy(log -> assertThat(Files.size(log)).isLessThan(10_200));
        }
    }

    @Test
    void aStepThatRunsTooLongIsEnded() {
        assertThatThrownBy(() -> run(
                        "trap '' TERM; sleep 87654",
                        new StepLimits(Duration.ofSeconds(2), USUAL.processes(), USUAL.memory(), USUAL.log())))
                .isInstanceOf(StepFailedException.class)
                .hasMessageContaining("ran longer than 2 s")
                .hasMessageContaining("--step-timeout");
    }

    @Test
    void processesAreBounded() {
        assertThatThrownBy(() -> run(
                        "for i in $(seq 100); do sleep 30 & done; wait",
                        new StepLimits(Duration.ofSeconds(60), 20, USUAL.memory(), USUAL.log())))
                .isInstanceOf(StepFailedException.class)
                .hasMessageContaining("20 processes")
                .hasMessageContaining("--step-processes");
    }

    @Test
    void memoryIsBounded() {
        assertThatThrownBy(() -> run(
                        "head -c 200m /dev/zero | tail -c 190m | wc -c; exit 137",
                        new StepLimits(
                                USUAL.time(), USUAL.processes(), OptionalLong.of(64L * 1024 * 1024), USUAL.log())))
                .isInstanceOf(StepFailedException.class)
                .hasMessageContaining("--step-memory");
        assertThat(output).noneMatch(line -> line.contains("199229440"));
    }
}
