package io.metalimages.cli.launcher;

import static io.metalimages.cli.launcher.LauncherSandbox.assumeRoot;
import static io.metalimages.cli.launcher.LauncherSandbox.script;
import static io.metalimages.cli.launcher.LauncherSandbox.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.cli.launcher.LauncherSandbox.ProcessInFlight;
import io.metalimages.cli.launcher.LauncherSandbox.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher finds on a machine, installs, and starts. */
final class LauncherTest {

    @TempDir
    private Path scratch;

    private LauncherSandbox sandbox;

    @BeforeEach
    void makeSandbox() throws IOException {
        sandbox = new LauncherSandbox(scratch);
    }

    @Test
    void takesTheOldestJdkThatWillDo() throws Exception {
        for (String version : List.of("17.0.2", "1.8.0_402", "26.0.1", "25.0.3", "25-ea-not")) {
            sandbox.telltaleJdk("jdk-" + version, version);
        }
        Files.delete(scratch.resolve("jvm/jdk-25-ea-not/bin/javac"));
        Run run = sandbox.launch(sandbox.withoutOtherJdks(), "--version");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains(".aot").contains("argument: --version");
        assertThat(Files.readString(sandbox.programDirectory().resolve("jdk"))).contains("jvm/jdk-25.0.3 ");
    }

    @Test
    void prefersJavaHomeUnlessItIsTooOldAndSaysSo() throws Exception {
        sandbox.telltaleJdk("jdk-25", "25");
        Path newer = sandbox.telltaleJdk("jdk-26", "26");
        Path older = sandbox.telltaleJdk("jdk-21", "21.0.4");

        Run withNewer = sandbox.launch(with(sandbox.withoutOtherJdks(), "JAVA_HOME", newer.toString()), "--version");
        assertThat(withNewer.exitCode()).isZero();
        assertThat(withNewer.errors()).isEmpty();
        assertThat(Files.readString(sandbox.programDirectory().resolve("jdk"))).contains("jvm/jdk-26 ");

        Run withOlder = sandbox.launch(with(sandbox.withoutOtherJdks(), "JAVA_HOME", older.toString()), "--version");
        assertThat(withOlder.exitCode()).isZero();
        assertThat(withOlder.errors())
                .isEqualTo("metal-images: Ignoring JAVA_HOME=" + older
                        + ": its JDK is version 21, and 25 or newer is needed.\n");
        assertThat(Files.readString(sandbox.programDirectory().resolve("jdk"))).contains("jvm/jdk-25 ");
    }

    @Test
    void saysThatJavaHomeLeadsNowhereOrToNoJdk() throws Exception {
        sandbox.telltaleJdk("jdk-25", "25");
        Map<String, String> nowhere = with(sandbox.withoutOtherJdks(), "JAVA_HOME", "/no/such/jdk");
        Map<String, String> noJdk = with(sandbox.withoutOtherJdks(), "JAVA_HOME", scratch.toString());
        Run withNowhere = sandbox.launch(nowhere, "--version");
        Run withNoJdk = sandbox.launch(noJdk, "--version");
        assertThat(withNowhere.errors())
                .isEqualTo("metal-images: Ignoring JAVA_HOME=/no/such/jdk: no such directory.\n");
        assertThat(withNoJdk.errors())
                .isEqualTo("metal-images: Ignoring JAVA_HOME=" + scratch + ": no JDK there (a JRE is not enough).\n");
        assertThat(List.of(withNowhere, withNoJdk)).allSatisfy(run -> {
            assertThat(run.exitCode()).isZero();
            assertThat(run.output()).contains("argument: --version");
        });
    }

    @Test
    void saysWhatToDoWithoutASuitableJdk() throws Exception {
        sandbox.telltaleJdk("jdk-17", "17.0.2");
        Map<String, String> environment = with(sandbox.withoutOtherJdks(), "METAL_IMAGES_NO_INSTALL", "1");
        Run run = sandbox.launch(
                with(environment, "PATH", sandbox.commandsExcept().toString()), "--help");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("No JDK 25 or newer").contains("JAVA_HOME");
    }

    @Test
    void installsAJdkFromTheArchiveThatHasOne() throws Exception {
        assumeRoot();
        sandbox.telltaleJdk("jdk-25", "25");
        Path hidden = Files.move(scratch.resolve("jvm/jdk-25"), scratch.resolve("jdk-25"));
        Path commands = sandbox.commandsExcept();
        script(commands.resolve("apt-cache"), "#!/bin/sh\n[ \"$2\" = openjdk-25-jdk-headless ]\n");
        script(commands.resolve("apt-get"), "#!/bin/sh\nmv '" + hidden + "' '" + scratch.resolve("jvm") + "'\n");

        Run run = sandbox.launch(with(sandbox.withoutOtherJdks(), "PATH", commands.toString()), "--version");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).contains("Installing openjdk-25-jdk-headless to run the program");
        assertThat(run.output()).contains("argument: --version");
    }

    @Test
    void namesTheCommandThatInstallsAMissingPackageWhenItMayNot() throws Exception {
        Map<String, String> environment = Map.of("METAL_IMAGES_NO_INSTALL", "1");
        Run run = launchWithNewerSource(
                with(environment, "PATH", sandbox.commandsExcept("mvn").toString()), "--help");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors())
                .contains("lacks maven to build the program")
                .contains("apt-get install --yes --no-install-recommends maven");
    }

    @Test
    void preparesTheMachineForAScriptAndTellsItWhereJdkAndProgramAre() throws Exception {
        Path expected = sandbox.telltaleJdk("jdk-25", "25");
        Run run = sandbox.launch(sandbox.withoutOtherJdks(), "--prepare", "program");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output().lines().map(Path::of))
                .containsExactly(expected, sandbox.programDirectory().resolve("metal-images.jar"));

        Map<String, String> environment = with(sandbox.withoutOtherJdks(), "METAL_IMAGES_NO_INSTALL", "1");
        Path commands = sandbox.commandsExcept();
        Run lacking = sandbox.launch(with(environment, "PATH", commands.toString()), "--prepare", "bench");
        assertThat(lacking.exitCode()).isEqualTo(3);
        assertThat(lacking.output()).isEmpty();
        assertThat(lacking.errors()).contains("jq to read what was measured", "apt-get install ");
    }

    @Test
    void installsAMissingPackageAndSaysWhatFor() throws Exception {
        assumeRoot();
        Path commands = sandbox.commandsExcept("mvn");
        Path installed = script(scratch.resolve("mvn"), "#!/bin/sh\necho This is the Maven just installed.\nexit 1\n");
        Path asked = scratch.resolve("asked");
        script(commands.resolve("apt-get"), """
                #!/bin/sh
                echo "$*" >>'%s'
                case "$*" in *' install '*) cp '%s' '%s' ;; esac
                """.formatted(asked, installed, commands));
        Run run = launchWithNewerSource(Map.of("PATH", commands.toString()), "--help");
        assertThat(run.errors())
                .contains("Installing maven to build the program.")
                .contains("This is the Maven just installed.");
        assertThat(Files.readString(asked)).contains("--no-install-recommends maven");
    }

    @Test
    void showsWhatAptGetSaysWhenItFails() throws Exception {
        assumeRoot();
        Path commands = sandbox.commandsExcept("mvn");
        script(commands.resolve("apt-get"), "#!/bin/sh\necho 'E: The archive is on fire'\nexit 100\n");
        Run run = launchWithNewerSource(Map.of("PATH", commands.toString()), "--help");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("E: The archive is on fire");
    }

    @Test
    void keepsDirectoryArgumentsProcessAndLocaleFromTheUserOrUtf8() throws Exception {
        sandbox.telltaleJdk("jdk-25", "25");
        Map<String, String> environment = with(sandbox.withoutOtherJdks(), "LC_ALL", "POSIX");
        ProcessInFlight launch = sandbox.start(environment, "check", "two words", "", "*", "--é");
        Run run = launch.end();
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output())
                .contains("directory: " + scratch.toRealPath() + "\n")
                .contains("process: " + launch.process().pid() + "\n")
                .contains("locale: C.UTF-8\n")
                .contains("argument: -Dmetal-images.home=" + sandbox.checkout().toRealPath() + "\n")
                .endsWith("argument: check\nargument: two words\nargument: \nargument: *\nargument: --é\n");
    }

    @Test
    void givesOnlyBuildsAMountNamespaceOfTheirOwn() throws Exception {
        assumeRoot();
        sandbox.telltaleJdk("jdk-25", "25");
        String ours = "mounts: " + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt"));
        ProcessInFlight build = sandbox.start(sandbox.withoutOtherJdks(), "build", "debian");
        Run run = build.end();
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output())
                .contains("mounts: mnt:")
                .doesNotContain(ours)
                .contains("process: " + build.process().pid() + "\n");
        assertThat(sandbox.launch(sandbox.withoutOtherJdks(), "build", "--help").output())
                .contains(ours);
        assertThat(sandbox.launch(sandbox.withoutOtherJdks(), "check", "debian").output())
                .contains(ours);
    }

    @Test
    void saysWhyThereIsNoMountNamespace() throws Exception {
        sandbox.telltaleJdk("jdk-25", "25");
        Path commands = sandbox.commandsExcept("unshare");
        script(commands.resolve("unshare"), "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n");
        Map<String, String> environment = with(sandbox.withoutOtherJdks(), "PATH", commands.toString());
        Run run = sandbox.launch(environment, "build", "debian");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("mount namespace").contains("Operation not permitted");
        assertThat(sandbox.launch(environment, "build", "--help").exitCode()).isZero();
    }

    @Test
    void scriptsAreCleanToShellcheck() throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "shellcheck"))),
                "shellcheck is not installed; make test installs it.");
        Path root = Path.of("..").toRealPath();
        Run run = LauncherSandbox.start(
                        scratch, root, Map.of(), List.of("shellcheck", "metal-images", ".ci/run", "bench/startup"))
                .end();
        assertThat(run.output()).isEmpty();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void buildsAgainAfterAFailedBuildAndKeepsTheProgramBeforeIt() throws Exception {
        Path asked = scratch.resolve("asked");
        Path commands = sandbox.commandsExcept("mvn");
        script(commands.resolve("mvn"), "#!/bin/sh\necho built >>'" + asked + "'\necho No symbol.\nexit 1\n");
        sandbox.telltaleJdk("jdk-25", "25");
        Map<String, String> environment = with(sandbox.withoutOtherJdks(), "PATH", commands.toString());
        Path program = sandbox.programDirectory();
        sandbox.makeSourceNewer();

        assertThat(List.of(sandbox.launch(environment, "--help"), sandbox.launch(environment, "--help")))
                .allSatisfy(run -> {
                    assertThat(run.exitCode()).isEqualTo(1);
                    assertThat(run.errors()).contains("No symbol.").contains("The program could not be built.");
                });
        assertThat(Files.readAllLines(asked)).hasSize(2);
        assertThat(sandbox.programDirectory()).isEqualTo(program).isDirectory();
    }

    private Run launchWithNewerSource(Map<String, String> environment, String... arguments) throws Exception {
        sandbox.makeSourceNewer();
        return sandbox.launch(environment, arguments);
    }
}
