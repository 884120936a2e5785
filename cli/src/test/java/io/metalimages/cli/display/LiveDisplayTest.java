package io.metalimages.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LiveDisplayTest {

    private static final Step BASE = new Step(1, "[system 1/4] FROM debian:bookworm", "Dockerfile:3");
    private static final Step INSTALL =
            new Step(2, "[system 2/4] RUN apt-get install --yes linux-image-amd64 systemd", "Dockerfile:4");
    private static final Step TOOLS = new Step(3, "[tools 1/1] RUN make", "Dockerfile:9");
    private static final Step COPY = new Step(4, "[system 3/4] COPY context/ /", "Dockerfile:12");

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private TerminalScreen screen = new TerminalScreen(80, 24);
    private long nanos;
    private LiveDisplay display = display(false, false);

    private LiveDisplay display(boolean colour, boolean verbose) {
        return new LiveDisplay(
                new PrintStream(output, false, StandardCharsets.UTF_8),
                () -> screen.size(),
                () -> nanos,
                new OutputStyle(Glyphs.UNICODE, colour),
                verbose);
    }

    private void on(int columns, int rows) {
        screen = new TerminalScreen(columns, rows);
        display = display(false, false);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private void report(Progress.Event... events) {
        for (Progress.Event event : events) {
            display.report(event);
        }
    }

    /** What the terminal shows after the next drawing. */
    private List<String> shown() {
        display.tick();
        return flushed();
    }

    private List<String> flushed() {
        screen.write(output.toString(StandardCharsets.UTF_8));
        output.reset();
        return screen.shown();
    }

    private void runTwoSteps() {
        display.begin("debian/12", "building");
        report(
                new Progress.Event.Planned(List.of(BASE, INSTALL, TOOLS, COPY)),
                new Progress.Event.Cached(BASE),
                new Progress.Event.Started(INSTALL, "COPY changed"));
        pass(Duration.ofSeconds(71));
        report(
                new Progress.Event.Started(TOOLS, "runs for the first time"),
                new Progress.Event.Output(
                        INSTALL,
                        "Setting up linux-image-6.1.0-31-amd64 (6.1.128-1) and a good deal more than that ..."),
                new Progress.Event.Output(TOOLS, "cc -c main.c"));
        pass(Duration.ofSeconds(12));
    }

    @Test
    void showsWhatRunsSinceWhenAndWhatItWroteLast() {
        runTwoSteps();
        assertThat(shown())
                .containsExactly(
                        "debian/12 · building · 1:23 · 1 to come · 1 cached",
                        "▸     1:23  [system 2/4] RUN apt-get install --yes linux-image-amd64 systemd",
                        "            Setting up linux-image-6.1.0-31-amd64 (6.1.128-1) and a good deal…",
                        "▸     12 s  [tools 1/1] RUN make",
                        "            cc -c main.c");
    }

    @Test
    void leavesOutOnNarrowTerminalWhatDoesNotFit() {
        on(40, 24);
        runTwoSteps();
        assertThat(shown())
                .containsExactly(
                        "debian/12 · building · 1:23 · 1 to come",
                        "▸     1:23  [system 2/4] RUN apt-get i…",
                        "            Setting up linux-image-6.1…",
                        "▸     12 s  [tools 1/1] RUN make",
                        "            cc -c main.c");
    }

    @Test
    void showsAllOfItOnWideTerminal() {
        on(200, 24);
        runTwoSteps();
        assertThat(shown())
                .contains(
                        "            Setting up linux-image-6.1.0-31-amd64 (6.1.128-1) and a good deal more than that ...");
    }

    @Test
    void finishedStepsScrollAwayAboveWhatRuns() {
        runTwoSteps();
        shown();
        report(new Progress.Event.Finished(TOOLS, Duration.ofMillis(12_340)));
        assertThat(shown())
                .containsExactly(
                        "✓   12.3 s  [tools 1/1] RUN make",
                        "debian/12 · building · 1:23 · 1 done · 1 to come · 1 cached",
                        "▸     1:23  [system 2/4] RUN apt-get install --yes linux-image-amd64 systemd",
                        "            Setting up linux-image-6.1.0-31-amd64 (6.1.128-1) and a good deal…");
    }

    @Test
    void countsStepsThatBeginOnceMoreAsTheyAreNow() {
        display.begin("debian/12", "testing");
        report(
                new Progress.Event.Planned(List.of(BASE, INSTALL, TOOLS, COPY)),
                new Progress.Event.Started(BASE, ""),
                new Progress.Event.Finished(BASE, Duration.ofSeconds(1)),
                new Progress.Event.Started(INSTALL, ""),
                new Progress.Event.Failed(INSTALL, Duration.ofSeconds(1), Path.of("/log")),
                new Progress.Event.Started(BASE, ""));
        assertThat(shown()).contains("debian/12 · testing · 0 s · 3 to come");
    }

    @Test
    void leavesOnlyLastingLinesBehind() {
        runTwoSteps();
        shown();
        report(
                new Progress.Event.Finished(TOOLS, Duration.ofMillis(12_340)),
                new Progress.Event.Failed(INSTALL, Duration.ofSeconds(84), Path.of("/log")));
        display.close();
        assertThat(flushed())
                .containsExactly(
                        "✓   12.3 s  [tools 1/1] RUN make",
                        "✗     1:24  [system 2/4] RUN apt-get install --yes linux-image-amd64 systemd",
                        "≡   cached  1 step");
        assertThat(screen.cursorVisible()).isTrue();
        assertThat(screen.breaksLongLines()).isTrue();
        display.tick();
        report(new Progress.Event.Note("too late"));
        display.close();
        assertThat(output.size()).isZero();
    }

    @Test
    void showsExportInBytesWithSpeedTimeLeftAndShareOfTheCache() {
        display.begin("debian/12", "building");
        pass(Duration.ofSeconds(100));
        display.exporting();
        assertThat(shown()).containsExactly("debian/12 · exporting · 1:40");

        display.export(new ExportProgress.Standing(0, 1_433_000_000, 0, 0, 0));
        pass(Duration.ofSeconds(5));
        display.export(new ExportProgress.Standing(225_000_000, 1_433_000_000, 80_000_000, 400, 100));
        assertThat(shown())
                .containsExactly(
                        "debian/12 · exporting · 1:45",
                        "██░░░░░░░░░░░░░░░ · 16 % · 225 of 1,433 MB · 27 s left · 45 MB/s · 25 % cached");
    }

    @Test
    void keepsTheMostImportantOfTheExportOnNarrowTerminal() {
        on(40, 10);
        display.begin("debian/12", "building");
        display.exporting();
        display.export(new ExportProgress.Standing(0, 1_433_000_000, 0, 0, 0));
        pass(Duration.ofSeconds(5));
        display.export(new ExportProgress.Standing(720_000_000, 1_433_000_000, 80_000_000, 400, 100));
        assertThat(shown()).containsExactly("debian/12 · exporting · 5 s", "████░░░░ · 50 % · 720 of 1,433 MB");
    }

    @Test
    void tellsOfTheExportWhenItIsDone() {
        display.begin("debian/12", "building");
        report(new Progress.Event.Cached(BASE), new Progress.Event.Cached(INSTALL));
        display.exporting();
        display.exported(artifact(), Duration.ofMillis(41_230));
        assertThat(shown())
                .containsExactly(
                        "≡   cached  2 steps",
                        "✓   41.2 s  exported 1,433.0 MB → 460.1 MB, 44 % of 11,000 blocks cached");
    }

    private static Artifact artifact() {
        return new Artifact(
                Path.of("img.tar.lz4"),
                Path.of("img.tar.lz4.md5"),
                Path.of("img.tar.lz4.sha256"),
                Path.of("packages.txt"),
                List.of(),
                1_433_000_000,
                460_100_000,
                28_223,
                11_000,
                4_840,
                "",
                "",
                new CheckReport(Optional.empty(), List.of(), List.of(), 0, 0),
                Duration.ZERO,
                List.of());
    }

    @Test
    void fitsIntoFewRows() {
        on(80, 5);
        display.begin("debian/12", "building");
        for (int number = 1; number <= 6; number++) {
            report(new Progress.Event.Started(new Step(number, "step " + number, ""), "new"));
        }
        assertThat(shown())
                .containsExactly(
                        "debian/12 · building · 0 s", "▸      0 s  step 1", "▸      0 s  step 2", "… and 4 more");
    }

    @Test
    void survivesTerminalsOfOneRowOrColumn() {
        for (int[] size : new int[][] {{1, 24}, {80, 1}, {1, 1}, {2, 2}, {9, 3}}) {
            on(size[0], size[1]);
            runTwoSteps();
            shown();
            assertThat(screen.everything()).hasSizeLessThan(Math.max(2, size[1]));
            assertThat(screen.clippedCharacters()).isZero();
        }
    }

    @Test
    void followsTheTerminalsSize() {
        on(120, 24);
        runTwoSteps();
        List<String> wide = shown();
        assertThat(wide).hasSize(5);

        screen.resize(50, 24);
        assertThat(screen.shown()).hasSizeGreaterThan(5);
        assertThat(shown())
                .containsExactly(
                        "debian/12 · building · 1:23 · 1 to come",
                        "▸     1:23  [system 2/4] RUN apt-get install --y…",
                        "            Setting up linux-image-6.1.0-31-amd6…",
                        "▸     12 s  [tools 1/1] RUN make",
                        "            cc -c main.c");

        screen.resize(120, 24);
        assertThat(shown()).isEqualTo(wide);
        assertThat(screen.everything()).isEqualTo(wide);
    }

    @Test
    void givesTheTerminalNothingOfForeignControlSequences() {
        display.begin("debian/12", "building");
        report(
                new Progress.Event.Started(TOOLS, "new"),
                new Progress.Event.Output(
                        TOOLS,
                        "\u001b[2J\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[10;10H\u0008\u0000bell\u0007\tand\u202e tab"));
        assertThat(shown()).contains("            red bell        and tab");
        report(new Progress.Event.Output(TOOLS, "10 %\r50 %\r99 %\u001b[K\r"));
        assertThat(shown()).contains("            99 %");
        report(new Progress.Event.Output(TOOLS, "  \u001b[0m"));
        assertThat(shown()).as("an empty line says nothing").contains("            99 %");
    }

    @Test
    void countsWideAndCombiningCharactersAsTheTerminalDoes() {
        on(40, 10);
        display.begin("debian/12", "building");
        report(
                new Progress.Event.Started(TOOLS, "new"),
                new Progress.Event.Output(TOOLS, "漢字かな交じり文 e\u0301tude 🚀 und noch mehr davon"));
        assertThat(shown()).contains("            漢字かな交じり文 e\u0301tude 🚀…");
        assertThat(screen.clippedCharacters()).isZero();
    }

    @Test
    void saysSoWhenInterruptedAndShowsTheCursorAtOnce() {
        runTwoSteps();
        shown();
        assertThat(screen.cursorVisible()).isFalse();
        display.interrupted();
        assertThat(flushed()).containsExactly("Interrupted: ending what runs. Ctrl-C again leaves at once.");
        assertThat(screen.cursorVisible()).isTrue();
        report(new Progress.Event.Output(TOOLS, "still there"));
        assertThat(shown()).containsExactly("Interrupted: ending what runs. Ctrl-C again leaves at once.");
        display.close();
        assertThat(flushed()).containsExactly("≡   cached  1 step");
    }

    @Test
    void keepsAllOutputWhenVerboseAndSaysWhyStepsRun() {
        display = display(false, true);
        runTwoSteps();
        assertThat(shown().subList(0, 8))
                .containsExactly(
                        "≡   cached  [system 1/4] FROM debian:bookworm",
                        "▸  started  [system 2/4] RUN apt-get install --yes linux-image-amd64 systemd",
                        "  2 │ (COPY changed)",
                        "▸  started  [tools 1/1] RUN make",
                        "  3 │ (runs for the first time)",
                        "  2 │ Setting up linux-image-6.1.0-31-amd64 (6.1.128-1) and a good deal more tha",
                        "n that ...",
                        "  3 │ cc -c main.c");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void usesColoursOnlyWhereTheyAreWanted(boolean colour) {
        display = display(colour, false);
        runTwoSteps();
        display.tick();
        String written = output.toString(StandardCharsets.UTF_8);
        if (colour) {
            assertThat(written).contains("\u001b[1mdebian/12\u001b[0m");
        } else {
            assertThat(written).doesNotContainPattern("\u001b\\[[0-9;]*m");
        }
    }

    /** Whatever happens in whatever order, on a small terminal or on a tall one whose width changes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void neverBreaksLinesNorLeavesRemainsBehind(boolean resized) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            on(20 + random.nextInt(100), resized ? 400 : 3 + random.nextInt(30));
            display.begin("image/" + round, "building");
            List<Step> running = new ArrayList<>();
            int finished = 0;
            for (int action = 0; action < 60; action++) {
                pass(Duration.ofMillis(random.nextInt(3000)));
                switch (random.nextInt(6)) {
                    case 0 -> {
                        Step step = new Step(action, "step " + randomText(random), "Dockerfile:1");
                        running.add(step);
                        report(new Progress.Event.Started(step, "new"));
                    }
                    case 1, 2, 3 -> {
                        if (!running.isEmpty()) {
                            Step step = running.get(random.nextInt(running.size()));
                            report(new Progress.Event.Output(step, randomText(random)));
                        }
                    }
                    case 4 -> {
                        if (!running.isEmpty()) {
                            Step step = running.remove(random.nextInt(running.size()));
                            report(new Progress.Event.Finished(step, Duration.ofMillis(random.nextInt(100_000))));
                            finished++;
                        }
                    }
                    default -> {
                        if (resized) {
                            screen.resize(20 + random.nextInt(100), 400);
                        }
                    }
                }
                List<String> shown = shown();
                String situation = "seed %d, round %d, action %d".formatted(seed, round, action);
                assertThat(screen.brokenLines() + screen.clippedCharacters())
                        .as(situation)
                        .isZero();
                assertThat(screen.cursorIsAtLineStart()).as(situation).isTrue();
                assertThat(shown.stream().filter(line -> line.startsWith("image/")))
                        .as(situation)
                        .hasSize(1);
                assertThat(screen.everything().stream().filter(line -> line.startsWith("image/")))
                        .as(situation)
                        .hasSize(1);
            }
            display.close();
            flushed();
            assertThat(screen.everything().stream().filter(line -> line.startsWith("✓")))
                    .as("seed %d, round %d", seed, round)
                    .hasSize(finished);
            assertThat(screen.everything())
                    .as("seed %d, round %d", seed, round)
                    .noneMatch(line -> line.startsWith("image/") || line.startsWith("▸"));
        }
    }

    private static String randomText(Random random) {
        String[] pieces = {"word", " ", "漢", "🚀", "e\u0301", "\u001b[5A", "\t", "\r", "\u202e", "ﾊ", "\ud800", "…"};
        StringBuilder text = new StringBuilder();
        for (int count = random.nextInt(60); count > 0; count--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }
}
