package io.metalimages.rack.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This machine's ssh against a server that runs in this process. */
final class SecureShellTest {

    @TempDir
    Path directory;

    private final KeyPair hostKey = RemoteMachine.hostKey();
    private WorkDirectory work;
    private Path keys;
    private RemoteMachine machine;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        RemoteMachine.assumeClient();
        work = WorkDirectory.open(new StateDirectory(directory.resolve("state")), note -> {});
        keys = work.newDirectory("ssh");
        machine = new RemoteMachine(0, hostKey, "");
    }

    @AfterEach
    void stop() throws IOException {
        if (machine != null) {
            machine.close();
            work.close();
        }
    }

    private SecureShell shell() throws IOException, InterruptedException {
        SecureShell shell =
                SecureShell.open(work.launcher(), SecureShell.Place.here(keys), "127.0.0.1", machine.port());
        machine.authorize(shell.publicKey());
        return shell;
    }

    @Test
    void commandsGetTheirInputAndTellWhatCame() throws Exception {
        try (SecureShell shell = shell()) {
            assertThat(shell.run("cat; echo 'to err' >&2; exit 7", "ü\n\u0000'\"$x"))
                    .isEqualTo(new SecureShell.CommandResult(7, "ü\n\u0000'\"$x", "to err\n"));
            assertThat(shell.run("true")).isEqualTo(new SecureShell.CommandResult(0, "", ""));
        }
    }

    @Test
    void largeFilesArriveWhole() throws Exception {
        Path file = directory.resolve("large");
        Files.write(file, new byte[3_000_000]);
        try (SecureShell shell = shell()) {
            assertThat(shell.run("wc -c", file).output().strip()).isEqualTo("3000000");
        }
    }

    @Test
    void inputThatNobodyReadsIsNoFault() throws Exception {
        Path file = directory.resolve("large");
        Files.write(file, new byte[3_000_000]);
        try (SecureShell shell = shell()) {
            assertThat(shell.run("exit 3", file).status()).isEqualTo(3);
        }
    }

    @Test
    void oneConnectionServesAllUntilItIsGivenUp() throws Exception {
        try (SecureShell shell = shell()) {
            shell.run("true");
            shell.run("true");
            assertThat(machine.connections()).isEqualTo(1);

            shell.disconnect();
            shell.run("true");
            assertThat(machine.connections()).isEqualTo(2);
        }
    }

    @Test
    void keyIsForItsOwnerAloneAndNothingSecretIsOnTheCommandLine() throws Exception {
        try (SecureShell shell = shell()) {
            assertThat(Files.getPosixFilePermissions(keys.resolve("key"))).hasSize(2);
            String secret =
                    Files.readString(keys.resolve("key")).lines().toList().get(2);
            assertThat(String.join(" ", shell.interactiveCommand()))
                    .contains("metal@127.0.0.1")
                    .doesNotContain(secret);
        }
    }

    @Test
    void waitsUntilTheMachineIsThere() throws Exception {
        int port = machine.port();
        machine.close();
        SecureShell shell = SecureShell.open(work.launcher(), SecureShell.Place.here(keys), "127.0.0.1", port);
        FutureTask<Boolean> waiting = new FutureTask<>(() -> {
            shell.awaitAnswer(Duration.ofHours(1));
            return true;
        });
        Thread.ofVirtual().start(waiting);

        machine = new RemoteMachine(port, hostKey, "");
        machine.authorize(shell.publicKey());

        assertThat(waiting.get()).isTrue();
        shell.close();
    }

    @Test
    void machineThatNeverAnswersIsReportedWithWhatSshSaid() throws Exception {
        SecureShell shell = shell();
        machine.close();

        assertFailed(() -> shell.awaitAnswer(Duration.ZERO)).hasMessageContaining("Connection refused");
        assertFailed(() -> shell.run("true")).hasMessageContaining("Connection refused");
    }

    @Test
    void keyThatIsNotWantedIsReported() throws Exception {
        SecureShell shell =
                SecureShell.open(work.launcher(), SecureShell.Place.here(keys), "127.0.0.1", machine.port());

        assertFailed(() -> shell.awaitAnswer(Duration.ZERO)).hasMessageContaining("Permission denied");
    }

    @Test
    void sameSystemIsKnownAgainAndAnotherIsNot() throws Exception {
        int port = machine.port();
        SecureShell shell = shell();
        shell.awaitAnswer(Duration.ZERO);
        shell.disconnect();
        machine.close();

        machine = new RemoteMachine(port, hostKey, "");
        machine.authorize(shell.publicKey());
        shell.awaitAnswer(Duration.ofHours(1));
        shell.disconnect();
        machine.close();

        machine = new RemoteMachine(port, RemoteMachine.hostKey(), "");
        machine.authorize(shell.publicKey());
        assertFailed(() -> shell.awaitAnswer(Duration.ofHours(1))).hasMessageContaining("another ssh host key");
    }

    @Test
    void placesWithAnEntranceAreEntered() throws Exception {
        Path seenAs = directory.resolve("there");
        Files.createSymbolicLink(seenAs, keys.toAbsolutePath());
        SecureShell.Place place = new SecureShell.Place(
                command -> Stream.concat(Stream.of("env", "PLACE=there"), command.stream())
                        .toList(),
                keys,
                seenAs);
        try (SecureShell shell = SecureShell.open(work.launcher(), place, "127.0.0.1", machine.port())) {
            machine.authorize(shell.publicKey());
            assertThat(shell.run("echo there").output()).isEqualTo("there\n");
            assertThat(shell.interactiveCommand()).startsWith("env", "PLACE=there", "ssh");
        }
    }

    @Test
    void machineWithoutSshIsSaidToLackIt() {
        SecureShell.Place place = new SecureShell.Place(command -> List.of("/nonexistent/ssh"), keys, keys);

        assertThatThrownBy(() -> SecureShell.open(work.launcher(), place, "127.0.0.1", 1))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.MISSING_ON_MACHINE));
    }

    private static AbstractThrowableAssert<?, ?> assertFailed(ThrowingCallable callable) {
        return assertThatThrownBy(callable)
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK));
    }
}
