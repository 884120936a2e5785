package io.metalimages.rack.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.machine.RemoteMachine;
import io.metalimages.rack.machine.SecureShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goss itself, over ssh to this machine; with a sudo that takes the test's password and changes no user. */
final class GossTest {

    private static final String PASSWORD = "it's \"the\" $PASSWORD";

    private static final String SUDO = """
            #!/bin/sh
            IFS= read -r password
            if [ "$password" != "$EXPECTED" ]; then
                echo 'sudo: 1 incorrect password attempt' >&2
                exit 1
            fi
            while [ "$1" != -- ]; do shift; done
            shift
            exec "$@"
            """;

    /** Takes no password, and leaves standard input to the program. */
    private static final String SUDO_WITHOUT_PASSWORD = """
            #!/bin/sh
            while [ "${1#-}" != "$1" ]; do shift; done
            exec "$@"
            """;

    private static final String SU = """
            #!/bin/sh
            IFS= read -r password
            [ "$password" = "$EXPECTED" ] || {
                echo 'su: Authentication failure' >&2
                exit 1
            }
            """;

    private static final String SUITE = """
            command:
              {{ .Vars.name }}:
                exec: 'echo "{\\"a\\": {\\"b\\": 4200003073}}"'
                exit-status: 0
                stdout:
                  gjson:
                    a.b: {{ int64 .Vars.number }}
              left out:
                exec: exit 1
                exit-status: 0
                title: the reason
                skip: {{ has "one" .Vars.absent }}
              input that was brought along:
                exec: cat input more/of-it
                exit-status: 0
                stdout: "brought\\nalong\\n"
            gossfile:
              more/files.yaml: {}
            """;

    private static final Duration PATIENCE = Duration.ofHours(1);

    @TempDir
    Path directory;

    private Path program;
    private Path tests;
    private WorkDirectory work;
    private RemoteMachine machine;
    private SecureShell shell;
    private Goss goss;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        program = GossProgram.orSkip();
        RemoteMachine.assumeClient();
        tests = Files.createDirectories(directory.resolve("tests"));
        write("suite.yaml", SUITE);
        write("more/files.yaml", "file:\n  more/of-it:\n    exists: true\n    mode: \"0600\"\n");
        write("more/of-it", "along\n");
        script(tests.resolve("scripts/settle"), "#!/bin/sh\necho \"settle $*\" >&2\n");
        script(tests.resolve("scripts/absent"), "#!/bin/sh\necho '{\"absent\": [\"one\"]}'\n");
        script(directory.resolve("bin/sudo"), SUDO);
        Path unpacked = Files.createDirectories(directory.resolve("unpacked"));
        work = WorkDirectory.open(new StateDirectory(directory.resolve("state")), note -> {});
        machine = new RemoteMachine(
                0,
                RemoteMachine.hostKey(),
                "export TMPDIR='%s' PATH='%s:'\"$PATH\" EXPECTED='%s'"
                        .formatted(unpacked, directory.resolve("bin"), PASSWORD.replace("'", "'\\''")));
        shell = SecureShell.open(
                work.launcher(), SecureShell.Place.here(work.newDirectory("ssh")), "127.0.0.1", machine.port());
        machine.authorize(shell.publicKey());
        goss = new Goss(program, tests, work.launcher());
    }

    @AfterEach
    void stop() throws IOException {
        if (work != null) {
            shell.close();
            machine.close();
            work.close();
        }
    }

    private Path write(String name, String text) throws IOException {
        Path file = tests.resolve(name);
        Files.createDirectories(tests.resolve(name).resolveSibling("."));
        return Files.writeString(file, text);
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<CheckResult> run(String suite, String password) throws IOException, InterruptedException {
        Path input = Files.writeString(directory.resolve("some-name"), "brought\n");
        return goss.ship(shell, Map.of("input", input), work.newDirectory("scratch"))
                .run(suite, Map.of("name", "a 'quoted' name", "number", 4_200_003_073L), password, 2, PATIENCE);
    }

    @Test
    void resultsAreThoseOfGoss() throws Exception {
        List<CheckResult> results = run("suite.yaml", PASSWORD);

        assertThat(results)
                .extracting(CheckResult::title, CheckResult::outcome)
                .contains(
                        tuple("Password of the console: accepted", CheckResult.Outcome.PASSED),
                        tuple("Command a 'quoted' name: stdout", CheckResult.Outcome.PASSED),
                        tuple("Command left out: exit-status", CheckResult.Outcome.SKIPPED),
                        tuple("Command input that was brought along: stdout", CheckResult.Outcome.PASSED),
                        tuple("File more/of-it: mode", CheckResult.Outcome.FAILED));
        assertThat(results)
                .filteredOn(result -> result.outcome() == CheckResult.Outcome.SKIPPED)
                .allSatisfy(result -> assertThat(result.message()).contains("the reason"));
        CheckResult failed = results.stream()
                .filter(result -> result.outcome() == CheckResult.Outcome.FAILED)
                .findFirst()
                .orElseThrow();
        assertThat(failed.expected()).contains("\"0600\"");
        assertThat(failed.found()).contains("\"0644\"");
        assertThat(failed.message()).contains("Expected \"0644\" to equal \"0600\"");
        assertThat(results)
                .filteredOn(
                        result -> result.resource().equals("Command") && result.outcome() == CheckResult.Outcome.PASSED)
                .allSatisfy(result -> assertThat(result.duration()).isPositive());
    }

    @Test
    void placeInADocumentIsNamedRatherThanAllOfIt() throws Exception {
        write("suite.yaml", SUITE.replace("a.b: {{ int64 .Vars.number }}", "a.b: 5"));

        assertThat(run("suite.yaml", PASSWORD))
                .filteredOn(result -> result.name().equals("a 'quoted' name")
                        && result.property().equals("stdout"))
                .extracting(CheckResult::message)
                .containsExactly(Optional.of("Expected 4200003073 to be numerically eq 5 (at a.b)"));
    }

    @Test
    void passwordIsCheckedWhereSudoAsksForNone() throws Exception {
        script(directory.resolve("bin/sudo"), SUDO_WITHOUT_PASSWORD);
        script(directory.resolve("bin/su"), SU);

        assertThat(run("suite.yaml", PASSWORD)).hasSizeGreaterThan(1).first().satisfies(result -> {
            assertThat(result.resource()).isEqualTo("Password");
            assertThat(result.outcome()).isEqualTo(CheckResult.Outcome.PASSED);
        });
        assertThat(run("suite.yaml", "wrong")).singleElement().satisfies(result -> {
            assertThat(result.outcome()).isEqualTo(CheckResult.Outcome.FAILED);
            assertThat(result.message().orElseThrow()).contains("Authentication failure");
        });
    }

    @Test
    void wrongPasswordIsAFailedCheck() throws Exception {
        assertThat(run("suite.yaml", "wrong")).singleElement().satisfies(result -> {
            assertThat(result.outcome()).isEqualTo(CheckResult.Outcome.FAILED);
            assertThat(result.message().orElseThrow()).contains("incorrect password");
        });
    }

    @Test
    void mistakeInAFileIsFoundWithoutAMachine() throws Exception {
        write("more/files.yaml", "file:\n  /: [\n");

        assertWrong(() -> goss.validate("suite.yaml", Map.of("name", "a", "number", 1, "absent", List.of()), directory))
                .hasMessageContaining("suite.yaml")
                .hasMessageContaining("files.yaml")
                .hasMessageContaining("line 2");
    }

    @Test
    void rightFilesAreFoundRight() throws Exception {
        goss.validate("suite.yaml", Map.of("name", "a", "number", 1, "absent", List.of()), directory);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "command: [",
                "command:\n  a:\n    exit-status: {{ .Vars.none }}\n",
                "command:\n  a:\n    exit-status: {{ if }}\n",
                "gossfile:\n  none.yaml: {}\n",
                "- just a list\n",
            })
    void mistakesAreThoseOfTheUser(String text) throws Exception {
        write("suite.yaml", text);

        assertWrong(() -> goss.validate("suite.yaml", Map.of(), directory)).hasMessageContaining("suite.yaml");
        assertWrong(() -> run("suite.yaml", PASSWORD)).hasMessageContaining("suite.yaml");
    }

    @Test
    void unknownMatcherIsTheUsersMistakeToo() throws Exception {
        write("suite.yaml", "command:\n  'true':\n    exit-status:\n      about: 0\n");

        assertWrong(() -> run("suite.yaml", PASSWORD))
                .hasMessageContaining("Command true")
                .hasMessageContaining("about");
    }

    @Test
    void absentSuiteIsNamed() {
        assertWrong(() -> goss.validate("none.yaml", Map.of(), directory)).hasMessageContaining("none.yaml");
    }

    @Test
    void suiteWithoutAnyCheckIsNoSuccess() throws Exception {
        write("suite.yaml", "command: {}\n");

        assertWrong(() -> run("suite.yaml", PASSWORD))
                .hasMessageContaining("suite.yaml are wrong: ")
                .hasMessageNotContaining("settle");
    }

    private static AbstractThrowableAssert<?, ?> assertWrong(ThrowingCallable callable) {
        return assertThatThrownBy(callable)
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT));
    }
}
