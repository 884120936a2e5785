package io.metalimages.cli.launcher;

import static io.metalimages.cli.launcher.LauncherSandbox.assumeRoot;
import static io.metalimages.cli.launcher.LauncherSandbox.with;
import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.launcher.LauncherSandbox.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as an ordinary user, with a home directory of little use, and from anywhere. */
final class LauncherUserTest {

    /** A user without an account. */
    private static final int STRANGER =
            1_900_000_000 + (int) (ProcessHandle.current().pid() % 100_000_000);

    @TempDir
    private Path scratch;

    private LauncherSandbox sandbox;
    private Map<String, String> environment;

    @BeforeEach
    void makeSandbox() throws IOException {
        sandbox = new LauncherSandbox(scratch);
        sandbox.telltaleJdk("jdk-25", "25");
        environment = sandbox.withoutOtherJdks();
    }

    @Test
    void startsWithoutHomeAndUser() throws Exception {
        Run run = start(scratch, List.of("env", "-u", "HOME", "-u", "USER", "-u", "LOGNAME"), "--version");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).isEmpty();
        assertThat(run.output()).endsWith("argument: --version\n");
    }

    @Test
    void buildsWithoutHomeInAStateDirectoryOfTheUsersOwn() throws Exception {
        assumeRoot();
        Path state = Path.of("/var/tmp/metal-images-" + STRANGER);
        assertThat(state).doesNotExist();
        Path asked = prepareBuildByStranger();
        try {
            Run run = start(scratch, asStranger("-u", "HOME"), "list");
            assertThat(run.exitCode()).as(run.errors()).isZero();
            assertThat(run.output()).contains("state: " + state + "\n");
            assertThat(Files.getPosixFilePermissions(state)).isEqualTo(fromString("rwx------"));
            assertThat(Files.readAllLines(asked)).contains("-Dmaven.repo.local=" + state + "/maven");
        } finally {
            Files.deleteIfExists(state);
        }
    }

    @Test
    void refusesAStateDirectoryThatBelongsToAnotherUser() throws Exception {
        assumeRoot();
        Path state = Files.createDirectory(Path.of("/var/tmp/metal-images-" + STRANGER));
        try {
            Run run = start(scratch, asStranger("-u", "HOME"), "list");
            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(run.output()).isEmpty();
            assertThat(run.errors())
                    .contains(state + " belongs to another user")
                    .contains("METAL_IMAGES_STATE");
        } finally {
            Files.delete(state);
        }
    }

    @Test
    void buildsWithAHomeThatCannotBeWrittenTo() throws Exception {
        assumeRoot();
        Path home = Files.createDirectory(scratch.resolve("home"));
        Path state = Files.createDirectory(scratch.resolve("state"));
        giveToStranger(state);
        Path asked = prepareBuildByStranger();
        Run run = start(scratch, asStranger("HOME=" + home, "METAL_IMAGES_STATE=" + state), "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("state: " + state + "\n");
        assertThat(Files.readAllLines(asked)).contains("-Dmaven.repo.local=" + state + "/maven");
    }

    @Test
    void leavesMavenItsRepositoryInAHomeThatCanBeWrittenTo() throws Exception {
        assumeRoot();
        Path home = Files.createDirectory(scratch.resolve("home"));
        giveToStranger(home);
        Path asked = prepareBuildByStranger();
        Run run = start(scratch, asStranger("HOME=" + home), "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("state: " + home + "/.local/state/metal-images\n");
        assertThat(Files.readString(asked)).doesNotContain("maven.repo.local");
    }

    @Test
    void saysWhoCanBuildInACheckoutThatTheUserCannotWriteTo() throws Exception {
        assumeRoot();
        sandbox.makeSourceNewer();
        Run run = start(scratch, asStranger("HOME=/nonexistent", "METAL_IMAGES_STATE=" + scratch), "list");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors())
                .contains("has to be built in " + sandbox.checkout())
                .contains("as its owner")
                .doesNotContain("Permission denied");
    }

    @Test
    void startsWhatAnotherUserHasBuiltWithAnotherJdk() throws Exception {
        assumeRoot();
        Run run = start(scratch, asStranger("HOME=/nonexistent", "METAL_IMAGES_STATE=" + scratch), "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).isEmpty();
        assertThat(run.output()).endsWith("argument: list\n").doesNotContain("AOTCache");
    }

    @Test
    void startsInADirectoryThatTheUserMayNotRead() throws Exception {
        assumeRoot();
        Path directory = Files.createDirectory(scratch.resolve("private"));
        Files.setPosixFilePermissions(directory, fromString("--x--x--x"));
        Run run = start(directory, asStranger("HOME=/nonexistent", "METAL_IMAGES_STATE=" + scratch), "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).isEmpty();
        assertThat(run.output()).contains("directory: " + directory.toRealPath() + "\n");
    }

    @Test
    void startsThroughLinksToALink() throws Exception {
        Path bin = Files.createDirectories(scratch.resolve("some bin"));
        Files.createSymbolicLink(bin.resolve("relative"), Path.of("../a check-out/metal-images"));
        Files.createSymbolicLink(bin.resolve("mi"), Path.of("relative"));
        Run run = LauncherSandbox.start(scratch, bin, environment, List.of("./mi", "list"))
                .end();
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output())
                .contains("directory: " + bin.toRealPath() + "\n")
                .contains("argument: -Dmetal-images.home=" + sandbox.checkout().toRealPath() + "\n");
    }

    /** Makes the program too old, gives the checkout to the stranger, and Maven's place to a telltale. */
    private Path prepareBuildByStranger() throws Exception {
        Path commands = sandbox.commandsExcept("mvn");
        Path asked = Files.createFile(sandbox.telltaleMaven(commands));
        sandbox.makeSourceNewer();
        giveToStranger(sandbox.checkout());
        giveToStranger(asked);
        environment = with(environment, "PATH", commands.toString());
        return asked;
    }

    private static void giveToStranger(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.toList()) {
                Files.setAttribute(file, "unix:uid", STRANGER);
            }
        }
    }

    private static List<String> asStranger(String... environmentArguments) {
        List<String> prefix = new ArrayList<>(List.of(
                "setpriv", "--reuid=" + STRANGER, "--regid=" + STRANGER, "--clear-groups", "env", "-u", "USER"));
        prefix.addAll(List.of(environmentArguments));
        return prefix;
    }

    private Run start(Path directory, List<String> prefix, String argument) throws Exception {
        List<String> command = new ArrayList<>(prefix);
        command.add(sandbox.launcher().toString());
        command.add(argument);
        return LauncherSandbox.start(scratch, directory, environment, command).end();
    }
}
