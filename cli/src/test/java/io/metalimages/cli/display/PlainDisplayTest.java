package io.metalimages.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PlainDisplayTest {

    private static final Step FIRST = new Step(1, "[1/2] FROM debian:bookworm", "Dockerfile:3");
    private static final Step SECOND = new Step(2, "[2/2] RUN make", "Dockerfile:4");

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private long nanos;

    private PlainDisplay display(boolean verbose) {
        return new PlainDisplay(
                new PrintStream(output, false, StandardCharsets.UTF_8), () -> nanos, Glyphs.UNICODE, verbose);
    }

    private void work(PlainDisplay display) {
        display.begin("debian/12", "building");
        display.report(new Progress.Event.Planned(List.of(FIRST, SECOND)));
        display.report(new Progress.Event.Cached(FIRST));
        display.report(new Progress.Event.Started(SECOND, "its command changed"));
        display.report(new Progress.Event.Output(SECOND, "\u001b[1mcc\u001b[0m -c main.c"));
        display.report(new Progress.Event.Note("Cleaned up after a run that was killed."));
    }

    private List<String> written() {
        List<String> lines = output.toString(StandardCharsets.UTF_8).lines().toList();
        output.reset();
        return lines;
    }

    @Test
    void writesOneLineForEachThingThatHappens() {
        PlainDisplay display = display(false);
        work(display);
        display.report(new Progress.Event.Finished(SECOND, Duration.ofMillis(1230)));
        display.exporting();
        assertThat(written())
                .containsExactly(
                        "debian/12",
                        "  1/2 cached  [1/2] FROM debian:bookworm",
                        "  2/2 started [2/2] RUN make",
                        "Cleaned up after a run that was killed.",
                        "  2/2 done    after 1.2 s",
                        "exporting");
    }

    @Test
    void writesAllOutputAndReasonsWhenVerbose() {
        PlainDisplay display = display(true);
        work(display);
        assertThat(written())
                .contains("  2/2 started [2/2] RUN make", "  2 │ (its command changed)", "  2 │ cc -c main.c");
    }

    @Test
    void breaksLongSilence() {
        PlainDisplay display = display(false);
        work(display);
        written();
        nanos += Duration.ofSeconds(14).toNanos();
        display.tick();
        assertThat(written()).isEmpty();
        nanos += Duration.ofSeconds(1).toNanos();
        display.tick();
        display.tick();
        assertThat(written()).containsExactly("  2/2 running for 15 s: cc -c main.c");

        display.report(new Progress.Event.Finished(SECOND, Duration.ofSeconds(15)));
        display.exporting();
        display.export(new ExportProgress.Standing(0, 1_000_000_000, 0, 0, 0));
        nanos += Duration.ofSeconds(15).toNanos();
        display.export(new ExportProgress.Standing(600_000_000, 1_000_000_000, 100_000_000, 100, 50));
        written();
        display.tick();
        assertThat(written()).containsExactly("exporting, 60 %, 600 of 1,000 MB, 10 s left, 40 MB/s, 50 % cached");
    }

    @Test
    void saysNothingOnceClosed() {
        PlainDisplay display = display(true);
        work(display);
        display.report(new Progress.Event.Failed(SECOND, Duration.ofSeconds(75), Path.of("/log")));
        assertThat(written()).endsWith("  2/2 failed  after 1:15");
        display.close();
        nanos += Duration.ofHours(1).toNanos();
        display.tick();
        display.report(new Progress.Event.Note("too late"));
        display.close();
        assertThat(written()).isEmpty();
    }
}
