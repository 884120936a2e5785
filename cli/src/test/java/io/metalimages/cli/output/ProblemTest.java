package io.metalimages.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.metalimages.cli.display.Glyphs;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.parse.DockerfileParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProblemTest {

    @TempDir
    private Path directory;

    private static List<String> text(Throwable trouble) {
        return new ProblemText(new OutputStyle(Glyphs.UNICODE, false), 60).of(Problem.of(trouble));
    }

    @ParameterizedTest
    @CsvSource({"WRONG_INPUT,2", "MISSING_ON_MACHINE,3", "FAILED_WORK,1", "REMOTE_FAULT,4", "INTERRUPTED,130"})
    void exitCodeTellsWhoHasToAct(FaultException.Category category, int exitCode) {
        assertThat(Problem.of(new FaultException(category, "Trouble.", null, null))
                        .exitCode())
                .isEqualTo(exitCode);
    }

    @Test
    void faultsAreToldWithTheirRemedy() {
        assertThat(text(FaultException.missing("There is no runc.", "Install it: apt-get install runc")))
                .containsExactly("Error: There is no runc.", "", "Next step: Install it: apt-get install runc");
        assertThat(text(FaultException.failed("It broke.", null))).containsExactly("Error: It broke.");
    }

    @Test
    void dockerfilesAreShownWithTheLineAtFault() throws IOException {
        Path file = directory.resolve("Dockerfile");
        String source = "FROM debian\nRUNN apt-get update\n# a very long comment that goes on and on and on and on\n";
        Files.writeString(file, source);
        DockerfileException wrong =
                catchThrowableOfType(DockerfileException.class, () -> DockerfileParser.parse(file.toString(), source));
        assertThat(text(wrong))
                .containsExactly(
                        "Error: " + wrong.getMessage(),
                        "",
                        "     1 │ FROM debian",
                        "▸    2 │ RUNN apt-get update",
                        "     3 │ # a very long comment that goes on and on and on a…",
                        "",
                        "Next step: " + wrong.hint());
        Problem problem = Problem.of(wrong);
        assertThat(problem.exitCode()).isEqualTo(2);
        assertThat(problem.location()).contains(new SourceLocation(file.toString(), 2, 2));
    }

    @Test
    void messagesThatBeginWithLineShowItToo() throws IOException {
        Path file = directory.resolve("docker-make.yaml");
        Files.writeString(file, "version: '1'\nname: [a]\n");
        assertThat(text(FaultException.wrongInput(file + ":2: \"name\" is a list.", "Make it a text.")))
                .containsExactly(
                        "Error: " + file + ":2: \"name\" is a list.",
                        "",
                        "     1 │ version: '1'",
                        "▸    2 │ name: [a]",
                        "",
                        "Next step: Make it a text.");
    }

    @Test
    void sourcesThatCannotBeReadAreLeftOut() throws IOException {
        assertThat(text(FaultException.wrongInput("gone/Dockerfile:2: wrong.", null)))
                .containsExactly("Error: gone/Dockerfile:2: wrong.");
        Path file = directory.resolve("short");
        Files.writeString(file, "one line\n");
        assertThat(text(FaultException.wrongInput(file + ":7: wrong.", null)))
                .containsExactly("Error: " + file + ":7: wrong.");
        Files.write(file, new byte[] {(byte) 0xff, 27, '[', '2', 'J', 'x'});
        assertThat(text(FaultException.wrongInput(file + ":1: wrong.", null))).contains("▸    1 │ \ufffdx");
    }

    @Test
    void foreignTextCannotControlTheTerminal() {
        assertThat(text(FaultException.wrongInput("There is no \u001b[2J\u0007image.", "Try\u001b[1A\nanother.")))
                .containsExactly("Error: There is no image.", "", "Next step: Try another.");
    }

    @Test
    void furtherLinesOfMessagesAreIndented() {
        assertThat(text(FaultException.remote("The archive said:\nE: no\nE: never", null)))
                .containsExactly("Error: The archive said:", "    E: no", "    E: never");
    }

    @Test
    void lastLinesOfFailedProgramsAreIndentedAndCut() {
        Problem problem = new Problem(
                FaultException.Category.FAILED_WORK,
                "It failed.",
                Optional.empty(),
                List.of(
                        "\u001b[31mE:\u001b[0m no",
                        "",
                        "a line that is longer than the sixty columns that there are for it"),
                Optional.of(Path.of("/state/logs/1.log")),
                Optional.of("Look."),
                false);
        assertThat(new ProblemText(new OutputStyle(Glyphs.UNICODE, false), 60).of(problem))
                .containsExactly(
                        "Error: It failed.",
                        "",
                        "The last lines of its output:",
                        "    E: no",
                        "    a line that is longer than the sixty columns that there…",
                        "The whole output: /state/logs/1.log",
                        "",
                        "Next step: Look.");
    }

    @Test
    void inputAndOutputTroubleNamesTheFile() {
        IOException missing =
                catchThrowableOfType(IOException.class, () -> Files.readString(directory.resolve("none")));
        assertThat(text(missing))
                .containsExactly("Error: " + directory.resolve("none") + " could not be used: it does not exist.");
        assertThat(text(new UncheckedIOException(new NoSuchFileException("/x"))))
                .containsExactly("Error: /x could not be used: it does not exist.");
        assertThat(Problem.of(missing).exitCode()).isEqualTo(1);
        assertThat(Problem.of(missing).unexpected()).isFalse();
    }

    @Test
    void fullDisksAreNamed() {
        Problem problem = Problem.of(new IOException("No space left on device"));
        assertThat(problem.message()).isEqualTo("A disk is full: No space left on device.");
        assertThat(problem.exitCode()).isEqualTo(1);
        assertThat(problem.remedy()).isPresent();
    }

    @Test
    void whatNobodyExpectedIsBug() {
        Problem problem = Problem.of(new IllegalStateException("no such state"));
        assertThat(problem.message())
                .isEqualTo("metal-images has a bug: java.lang.IllegalStateException: no such state.");
        assertThat(problem.unexpected()).isTrue();
        assertThat(problem.exitCode()).isEqualTo(1);
    }

    @Test
    void interruptionIsNoError() {
        assertThat(text(new InterruptedException())).containsExactly("Interrupted.");
        assertThat(Problem.of(new InterruptedException()).exitCode()).isEqualTo(130);
    }
}
