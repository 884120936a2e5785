package io.metalimages.cli.command.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.InterruptionTest;
import io.metalimages.cli.Program;
import io.metalimages.cli.display.TerminalScreen;
import io.metalimages.common.Digest;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Builds tiny images in processes of their own. */
final class BuildTest {

    @TempDir
    private Path directory;

    private Program program;

    @BeforeEach
    void prepare() throws IOException {
        Host.assumeRoot("build images");
        program = new Program(directory, Map.of("SOURCE_DATE_EPOCH", "1700000000"));
        Path definition = program.home().resolve("os/tiny");
        Files.createDirectories(definition.resolve("bin"));
        Files.copy(Host.busybox(), definition.resolve("bin/busybox"));
        Files.createSymbolicLink(definition.resolve("bin/sh"), Path.of("busybox"));
        Files.writeString(definition.resolve("docker-make.yaml"), """
                version: '1'
                name: tiny
                username: metal-images
                registry-host: localhost
                default-build-name: fine
                builds:
                  - name: fine
                    tags: [fine]
                    build-args: ['COMMAND=true']
                  - name: failing
                    tags: [failing]
                    build-args: ['COMMAND=echo so far; echo so good; exit 7']
                  - name: waiting
                    tags: [waiting]
                    build-args: ['COMMAND=echo waiting; exec sleep 3600']
                """);
        Files.writeString(definition.resolve("Dockerfile"), """
                FROM scratch
                ARG COMMAND
                COPY bin/ /bin/
                RUN echo made >/made; eval "$COMMAND"
                """);
    }

    /** Whatever a test did: nothing mounted, nothing running, no working directory. */
    @AfterEach
    void leavesNothingBehind() throws IOException {
        if (program == null || !Files.exists(program.state().resolve("work"))) {
            return;
        }
        try (Stream<Path> work = Files.list(program.state().resolve("work"))) {
            assertThat(work.filter(Files::isDirectory)).isEmpty();
        }
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory.toString());
        assertThat(ProcessHandle.current().descendants()).noneMatch(ProcessHandle::isAlive);
    }

    private Path image(String version, String file) {
        return program.images().resolve("tiny/" + version).resolve(file);
    }

    private static JsonNode json(Program.Run run) {
        return JsonMapper.shared().readTree(run.output());
    }

    @Test
    void showsTableOfWhatWasMade() throws Exception {
        Program.Run run = program.run("build", "--no-check", "tiny");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output().lines().map(BuildTest::withoutFigures))
                .containsExactly(
                        "tiny/fine",
                        "  images/tiny/fine/img.tar.lz4 # MB",
                        "  images/tiny/fine/img.tar.lz4.md5 # B",
                        "  images/tiny/fine/img.tar.lz4.sha256 # B",
                        "  images/tiny/fine/packages.txt # B",
                        "  images/tiny/fine/security-updates.json # B",
                        "  images/tiny/fine/sbom.cdx.json # B",
                        "  images/tiny/fine/sbom.spdx.json # B",
                        "  images/tiny/fine/provenance.json # B",
                        "  time # s build · # s export · # s together",
                        "  cache # of # steps · # of # blocks (# %) compressed before",
                        "  content # entries · # MB before compression",
                        "  sha256 HASH",
                        "  md5 HASH");
        assertThat(run.errors())
                .contains("tiny/fine\n", "1/2 started [", "2/2 done    after ", "exporting\n", "exported ")
                .doesNotContain("\u001b");
        String md5 = Files.readString(image("fine", "img.tar.lz4.md5")).substring(0, 32);
        assertThat(run.output()).contains("md5     " + md5);
    }

    private static String withoutFigures(String line) {
        return line.replaceAll("\\b[0-9a-f]{32,}\\b", "HASH")
                .replaceAll("\\b[0-9][0-9.,]*(?= )", "#")
                .replaceAll("# kB$", "# B")
                .replaceAll("(?<=\\S) +", " ");
    }

    @Test
    void writesNothingThatIsThereAlready() throws Exception {
        program.run("build", "--no-check", "tiny");
        Object tarball = Files.getAttribute(image("fine", "img.tar.lz4"), "unix:ino");
        Files.writeString(image("fine", "provenance.intoto.jsonl"), "a signature");

        Program.Run again = program.run("build", "--no-check", "tiny");
        assertThat(again.exitCode()).as(again.errors()).isZero();
        assertThat(again.errors()).contains("the artifact is up to date").doesNotContain("exporting");
        assertThat(again.output()).contains("nothing to export");
        assertThat(Files.getAttribute(image("fine", "img.tar.lz4"), "unix:ino")).isEqualTo(tarball);
        assertThat(image("fine", "provenance.intoto.jsonl")).exists();

        JsonNode json = json(program.run("build", "--no-check", "tiny", "--json"));
        assertThat(json.at("/images/0/upToDate").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"img.tar.lz4", "img.tar.lz4.md5", "packages.txt", "provenance.json"})
    void makesAnewWhatWasChangedSince(String file) throws Exception {
        program.run("build", "--no-check", "tiny");
        byte[] made = Files.readAllBytes(image("fine", file));
        Files.write(image("fine", file), new byte[made.length]);

        Program.Run again = program.run("build", "--no-check", "tiny");
        assertThat(again.errors()).contains("exporting");
        assertThat(image("fine", file)).hasBinaryContent(made);
    }

    @Test
    void makesAnewWhatIsOfAnotherDateOrNotToComeFromTheCache() throws Exception {
        program.run("build", "--no-check", "tiny");
        assertThat(program.run("build", "--no-check", "tiny", "--epoch", "1600000000")
                        .errors())
                .contains("exporting");
        assertThat(program.run("build", "--no-check", "tiny", "--epoch", "1600000000")
                        .errors())
                .contains("up to date");
        assertThat(program.run("build", "--no-check", "--no-cache", "tiny", "--epoch", "1600000000")
                        .errors())
                .contains("exporting");
    }

    @Test
    void takesADamagedRecordForNone() throws Exception {
        program.run("build", "--no-check", "tiny");
        Path record;
        try (Stream<Path> records = Files.list(program.state().resolve("artifacts"))) {
            record = records.toList().getFirst();
        }
        byte[] whole = Files.readAllBytes(record);
        for (int length : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            Files.write(record, Arrays.copyOf(whole, length));
            Program.Run again = program.run("build", "--no-check", "tiny");
            assertThat(again.exitCode()).as(again.errors()).isZero();
            assertThat(again.errors()).contains("exporting");
        }
        Files.writeString(record, "{}");
        assertThat(program.run("build", "--no-check", "tiny").errors()).contains("exporting");
    }

    @Test
    void tellsProgramsInJsonWhatCameFromTheCache() throws Exception {
        JsonNode first =
                json(program.run("build", "--no-check", "tiny", "--json")).at("/images/0");
        Program.Run run = program.run("build", "--no-check", "tiny", "tiny/fine", "--json", "--quiet");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).isEmpty();
        JsonNode images = json(run).get("images");
        assertThat(images.size()).as("the same image named twice").isEqualTo(1);
        JsonNode second = images.get(0);
        assertThat(second.get("name").asString()).isEqualTo("tiny/fine");
        assertThat(second.get("epoch").asLong()).isEqualTo(1_700_000_000);
        assertThat(first.at("/cache/steps/cached").asInt()).isZero();
        assertThat(second.at("/cache/steps/cached").asInt()).isEqualTo(2);
        assertThat(second.at("/cache/blocks/share").asDouble()).isEqualTo(1.0);
        assertThat(second.at("/steps/1/cached").asBoolean()).isTrue();
        assertThat(first.at("/steps/1/seconds").asDouble()).isPositive();
        assertThat(second.get("files")).isEqualTo(first.get("files"));
        for (JsonNode file : second.get("files")) {
            Path path = program.home().resolve(file.get("path").asString());
            assertThat(Files.size(path)).isEqualTo(file.get("bytes").asLong());
            assertThat(Digest.ofFile(path).hex()).isEqualTo(file.get("sha256").asString());
        }
    }

    @Test
    void quietSaysOnlyWhereTheArtifactIs() throws Exception {
        Program.Run run = program.run(
                "build",
                "--no-check",
                "tiny",
                "--quiet",
                "--output",
                directory.resolve("out").toString());
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).isEmpty();
        assertThat(run.output()).isEqualTo(directory.resolve("out/tiny/fine/img.tar.lz4") + "\n");
    }

    @Test
    void saysWhyStepsRunAgainWhenVerbose() throws Exception {
        assertThat(program.run("build", "--no-check", "tiny", "-v").errors()).contains("(runs for the first time)");
        Files.writeString(program.home().resolve("os/tiny/bin/more"), "more");
        Program.Run run = program.run("build", "--no-check", "tiny", "-v");
        assertThat(run.errors()).contains("changed").doesNotContain("for the first time");
        assertThat(program.run("build", "--no-check", "tiny", "--no-cache", "-v")
                        .errors())
                .doesNotContain(" cached ");
    }

    @Test
    void argumentsAndContextsOfTheCommandLineComeFirst() throws Exception {
        assertThat(program.run("build", "--no-check", "tiny", "--build-arg", "COMMAND=exit 9")
                        .errors())
                .contains("failed with exit status 9.");
        Path definition = program.home().resolve("os/tiny");
        Files.writeString(definition.resolve("Dockerfile"), """
                FROM outside
                COPY --from=more bin/busybox /further/
                RUN /further/busybox true
                """);
        Program.Run run = program.run(
                "build",
                "--no-check",
                "tiny",
                "--build-context",
                "outside=" + definition,
                "--build-context",
                "more=" + definition);
        assertThat(run.exitCode()).as(run.errors()).isZero();
        Program.Run circle = program.run(
                "build",
                "--no-check",
                "tiny",
                "--build-context",
                "outside=docker-image://more",
                "--build-context",
                "more=docker-image://outside");
        assertThat(circle.exitCode()).isEqualTo(2);
        assertThat(circle.errors()).contains("os/tiny/Dockerfile:1: ").contains("needs itself");
    }

    @Test
    void failingStepShowsItsEndItsLineAndTheWayIn() throws Exception {
        Program.Run run = program.run("build", "--no-check", "tiny/fine", "tiny/failing", "--json");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors())
                .contains("Error: os/tiny/Dockerfile:4: ", "failed with exit status 7.")
                .contains("▸    4 │ RUN echo made >/made;")
                .contains("The last lines of its output:\n    so far\n    so good\n")
                .contains("Next step: Open a shell where it failed: metal-images shell --step ");
        JsonNode result = json(run);
        assertThat(result.at("/images/0/name").asString())
                .as("what was finished before")
                .isEqualTo("tiny/fine");
        JsonNode error = result.get("error");
        assertThat(error.get("category").asString()).isEqualTo("FAILED_WORK");
        assertThat(Files.readString(Path.of(error.get("log").asString()))).isEqualTo("so far\nso good\n");
        assertThat(image("failing", "img.tar.lz4")).doesNotExist();

        String key = error.get("remedy").asString().replaceAll(".* ", "");
        Path script = Files.writeString(directory.resolve("script"), "cat /made; echo lost >/made; exit 3\n");
        for (int time = 0; time < 2; time++) {
            Program.Run shell = program.ended(startShell(key, script));
            assertThat(shell.exitCode()).as(shell.errors()).isEqualTo(3);
            assertThat(shell.output()).isEqualTo("made\n");
        }
    }

    /** The shell reads from a file what a user would type. */
    private Process startShell(String key, Path typed) throws IOException {
        String command = String.join("' '", program.command("shell", "--step", key));
        return program.start(List.of("sh", "-c", "exec '" + command + "' <'" + typed + "'"));
    }

    @Test
    void ctrlCEndsAndUnmountsEverything() throws Exception {
        Process process = program.start("build", "--no-check", "tiny/waiting", "--verbose", "--json");
        program.awaitErrors(process, "│ waiting");
        InterruptionTest.signal(process);
        Program.Run run = program.ended(process);
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(130);
        assertThat(run.errors()).contains("Interrupted: ending what runs.\n").endsWith("\nInterrupted.\n");
        assertThat(json(run).at("/error/category").asString()).isEqualTo("INTERRUPTED");
        leavesNothingBehind();

        Program.Run next = program.run("build", "--no-check", "tiny");
        assertThat(next.exitCode()).as(next.errors()).isZero();
        assertThat(next.errors()).doesNotContain("Cleaned up");
    }

    @Test
    void terminalShowsLiveViewThatLeavesNoRemains() throws Exception {
        Program.Run run = onTerminal(Map.of("TERM", "xterm"), "build", "--no-check", "tiny");
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output()).contains("\u001b[?25l", "\u001b[1mtiny/fine\u001b[0m");
        TerminalScreen screen = new TerminalScreen(80, 24);
        screen.write(run.output());
        assertThat(screen.cursorVisible()).isTrue();
        assertThat(screen.breaksLongLines()).isTrue();
        assertThat(screen.brokenLines() + screen.clippedCharacters())
                .as(String.join("\n", screen.everything()))
                .isZero();
        List<String> shown = screen.shown();
        assertThat(shown.get(0)).matches("✓ +[0-9.]+ s  \\[.*COPY bin/ /bin/");
        assertThat(shown.get(1)).matches("✓ +[0-9.]+ s  \\[.*RUN echo made >/made; .*");
        assertThat(shown.get(2)).matches("✓ +[0-9.]+ s  exported .*");
        assertThat(shown.get(3)).isEqualTo("tiny/fine");
        assertThat(shown.get(4)).matches("  images/tiny/fine/img.tar.lz4 +[0-9.]+ MB");
        assertThat(shown).noneMatch(line -> line.contains("building") || line.contains("exporting"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM=dumb", "CI=true", "PLAIN"})
    void terminalsGetPlainLinesWhereThatIsWanted(String setting) throws Exception {
        Map<String, String> environment = switch (setting) {
            case "TERM=dumb" -> Map.of("TERM", "dumb");
            case "CI=true" -> Map.of("TERM", "xterm", "CI", "true");
            default -> Map.of("TERM", "xterm", "NO_COLOR", "1");
        };
        Program.Run run = setting.equals("PLAIN")
                ? onTerminal(environment, "build", "--no-check", "tiny", "--progress", "plain")
                : onTerminal(environment, "build", "--no-check", "tiny");
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output()).contains("2/2 done ").doesNotContain("\u001b");
    }

    @Test
    void noColourIsWantedButStillLiveView() throws Exception {
        Program.Run run = onTerminal(Map.of("TERM", "xterm", "NO_COLOR", "1"), "build", "--no-check", "tiny");
        assertThat(run.output()).contains("\u001b[?25l").doesNotContainPattern("\u001b\\[[0-9;]*m");
    }

    private Program.Run onTerminal(Map<String, String> environment, String... arguments) throws Exception {
        Host.assumeInstalled("script", "bsdutils");
        Map<String, String> all = new HashMap<>(environment);
        all.put("SOURCE_DATE_EPOCH", "1700000000");
        Program there = new Program(directory, all);
        String command = "'" + String.join("' '", there.command(arguments)) + "'";
        return there.ended(there.start(List.of("script", "--quiet", "--return", "--command", command, "/dev/null")));
    }
}
