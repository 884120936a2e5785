package io.metalimages.cli;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher in a copy of the checkout, with the real Maven and JDK and, where the machine has to be poorer, less. */
final class LauncherTest {

    /** A JDK as far as the launcher can see; its java tells how it was started. */
    private static final String TELLTALE_JAVA = """
            #!/bin/sh
            for argument; do
                case $argument in -XX:AOTCacheOutput=*) : >"${argument#*=}"; exit 0 ;; esac
            done
            echo "directory: $PWD"
            echo "process: $$"
            echo "mounts: $(readlink /proc/self/ns/mnt)"
            echo "locale: $LC_ALL"
            printf 'argument: %s\\n' "$@"
            """;

    private static final List<String> COMMANDS = List.of(
            "basename",
            "bash",
            "cat",
            "chmod",
            "cp",
            "date",
            "dirname",
            "env",
            "expr",
            "find",
            "flock",
            "grep",
            "head",
            "ls",
            "mkdir",
            "mmdebstrap",
            "mv",
            "mvn",
            "readlink",
            "rm",
            "runc",
            "sed",
            "sh",
            "tail",
            "touch",
            "tr",
            "true",
            "uname",
            "unshare");

    @TempDir
    private static Path shared;

    private static Path checkout;
    private static List<Run> firstRuns;

    @TempDir
    private Path scratch;

    private record Run(int exitCode, String output, String errors) {}

    @BeforeAll
    static void launchTwiceAtOnceInFreshCopy() throws Exception {
        checkout = Files.createDirectory(shared.resolve("a check-out"));
        copyOfSources(Path.of("..").toRealPath(), checkout);
        List<ProcessInFlight> launches = new ArrayList<>();
        for (String name : List.of("first", "second")) {
            launches.add(start(Files.createDirectory(shared.resolve(name)), shared, Map.of(), launcher(), "--help"));
        }
        firstRuns = new ArrayList<>();
        for (ProcessInFlight launch : launches) {
            firstRuns.add(launch.end());
        }
    }

    @Test
    void ofTwoFirstLaunchesAtOnceOneBuildsAndTheOtherWaits() {
        assertThat(firstRuns).allSatisfy(run -> {
            assertThat(run.exitCode()).as(run.errors()).isZero();
            assertThat(run.output()).contains("Usage: metal-images");
        });
        assertThat(firstRuns)
                .filteredOn(run -> run.errors().contains("Building the program"))
                .hasSize(1);
        assertThat(firstRuns)
                .filteredOn(run -> run.errors().contains("Waiting"))
                .hasSize(1);
    }

    @Test
    void isSilentWhenNothingHasChanged() throws Exception {
        assertThat(launch(Map.of(), "--help").exitCode()).isZero();
        Run run = launch(Map.of(), "--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.errors()).isEmpty();
        assertThat(run.output()).contains("Examples:");
    }

    @Test
    void passesOnTheExitCodeOfWrongUse() throws Exception {
        Run run = launch(Map.of(), "--no-such-option");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("--no-such-option").doesNotContain("WARNING");
    }

    @Test
    void worksThroughSymbolicLinkFromAnotherDirectory() throws Exception {
        Path link = Files.createSymbolicLink(shared.resolve("linked"), launcher());
        Run run = start(scratch, shared, Map.of(), Path.of("./" + link.getFileName()), "--help")
                .end();
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("Usage: metal-images");
    }

    @Test
    void buildsAgainWhenASourceHasChanged() throws Exception {
        Path main = checkout.resolve("cli/src/main/java/io/metalimages/cli/Main.java");
        Files.writeString(main, Files.readString(main).replace("boots on bare metal", "starts on bare metal"));
        Run run = launch(Map.of(), "--help");
        assertThat(run.errors()).contains("Building the program");
        assertThat(run.output()).contains("starts on bare metal");
    }

    @Test
    void showsTheLogOfABuildThatFailsAndKeepsTheProgramBeforeIt() throws Exception {
        Path main = checkout.resolve("cli/src/main/java/io/metalimages/cli/Main.java");
        String source = Files.readString(main);
        FileTime written = Files.getLastModifiedTime(main);
        Files.writeString(main, source.replace("class Main", "class Main extends Missing"));
        Run first = launch(Map.of(), "--help");
        Run second = launch(Map.of(), "--help");
        Files.writeString(main, source);
        Files.setLastModifiedTime(main, written);
        Run restored = launch(Map.of(), "--help");

        assertThat(List.of(first, second)).allSatisfy(run -> {
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.output()).isEmpty();
            assertThat(run.errors())
                    .contains("cannot find symbol", "Main.java:[")
                    .contains("The program could not be built. The whole log: " + checkout);
        });
        assertThat(restored.errors()).isEmpty();
        assertThat(restored.exitCode()).isZero();
    }

    @Test
    void takesTheOldestJdkThatWillDo() throws Exception {
        for (String version : List.of("17.0.2", "1.8.0_402", "26.0.1", "25.0.3", "25-ea-not")) {
            telltaleJdk("jdk-" + version, version);
        }
        Files.delete(scratch.resolve("jvm/jdk-25-ea-not/bin/javac"));
        Run run = launch(withoutOtherJdks(), "--version");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains(".aot").contains("argument: --version");
        assertThat(Files.readString(programDirectory().resolve("jdk"))).contains("jvm/jdk-25.0.3 ");
    }

    @Test
    void prefersJavaHomeUnlessItIsTooOld() throws Exception {
        telltaleJdk("jdk-25", "25");
        Path newer = telltaleJdk("jdk-26", "26");
        Path older = telltaleJdk("jdk-21", "21.0.4");

        assertThat(launch(with(withoutOtherJdks(), "JAVA_HOME", newer.toString()), "--version")
                        .exitCode())
                .isZero();
        assertThat(Files.readString(programDirectory().resolve("jdk"))).contains("jvm/jdk-26 ");
        assertThat(launch(with(withoutOtherJdks(), "JAVA_HOME", older.toString()), "--version")
                        .exitCode())
                .isZero();
        assertThat(Files.readString(programDirectory().resolve("jdk"))).contains("jvm/jdk-25 ");
    }

    @Test
    void saysWhatToDoWithoutASuitableJdk() throws Exception {
        telltaleJdk("jdk-17", "17.0.2");
        Map<String, String> environment = with(withoutOtherJdks(), "METAL_IMAGES_NO_INSTALL", "1");
        Run run = launch(with(environment, "PATH", commandsExcept().toString()), "--help");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("No JDK 25 or newer").contains("JAVA_HOME");
    }

    @Test
    void installsAJdkFromTheArchiveThatHasOne() throws Exception {
        assumeRoot();
        telltaleJdk("jdk-25", "25");
        Path hidden = Files.move(scratch.resolve("jvm/jdk-25"), scratch.resolve("jdk-25"));
        Path commands = commandsExcept();
        script(commands.resolve("apt-cache"), "#!/bin/sh\n[ \"$2\" = openjdk-25-jdk-headless ]\n");
        script(commands.resolve("apt-get"), "#!/bin/sh\nmv '" + hidden + "' '" + scratch.resolve("jvm") + "'\n");

        Run run = launch(with(withoutOtherJdks(), "PATH", commands.toString()), "--version");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).contains("Installing openjdk-25-jdk-headless to run the program");
        assertThat(run.output()).contains("argument: --version");
    }

    @Test
    void namesTheCommandThatInstallsAMissingPackageWhenItMayNot() throws Exception {
        Map<String, String> environment = Map.of("METAL_IMAGES_NO_INSTALL", "1");
        Run run = launchWithNewerSource(
                with(environment, "PATH", commandsExcept("mvn").toString()), "--help");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors())
                .contains("lacks maven to build the program")
                .contains("apt-get install --yes --no-install-recommends maven");
    }

    @Test
    void preparesTheMachineForAScriptAndTellsItWhereJdkAndProgramAre() throws Exception {
        Run run = launch(Map.of(), "--prepare", "program");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output().lines().map(Path::of))
                .hasSize(2)
                .satisfiesExactly(
                        jdk -> assertThat(jdk.resolve("bin/java")).isExecutable(),
                        classPath -> assertThat(classPath).isRegularFile());

        Map<String, String> environment = Map.of("METAL_IMAGES_NO_INSTALL", "1");
        Run lacking = launch(with(environment, "PATH", commandsExcept().toString()), "--prepare", "bench");
        assertThat(lacking.exitCode()).isEqualTo(3);
        assertThat(lacking.output()).isEmpty();
        assertThat(lacking.errors()).contains("jq to read what was measured", "apt-get install ");
    }

    @Test
    void installsAMissingPackageAndSaysWhatFor() throws Exception {
        assumeRoot();
        Path commands = commandsExcept("mvn");
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
        Path commands = commandsExcept("mvn");
        script(commands.resolve("apt-get"), "#!/bin/sh\necho 'E: The archive is on fire'\nexit 100\n");
        Run run = launchWithNewerSource(Map.of("PATH", commands.toString()), "--help");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("E: The archive is on fire");
    }

    @Test
    void keepsDirectoryArgumentsProcessAndLocaleFromTheUserOrUtf8() throws Exception {
        telltaleJdk("jdk-25", "25");
        Map<String, String> environment = with(withoutOtherJdks(), "LC_ALL", "POSIX");
        ProcessInFlight launch = start(scratch, scratch, environment, launcher(), "check", "two words", "", "*", "--é");
        Run run = launch.end();
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output())
                .contains("directory: " + scratch.toRealPath() + "\n")
                .contains("process: " + launch.process().pid() + "\n")
                .contains("locale: C.UTF-8\n")
                .contains("argument: -Dmetal-images.home=" + checkout.toRealPath() + "\n")
                .endsWith("argument: check\nargument: two words\nargument: \nargument: *\nargument: --é\n");
    }

    @Test
    void givesOnlyBuildsAMountNamespaceOfTheirOwn() throws Exception {
        assumeRoot();
        telltaleJdk("jdk-25", "25");
        String ours = "mounts: " + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt"));
        ProcessInFlight build = start(scratch, scratch, withoutOtherJdks(), launcher(), "build", "debian");
        Run run = build.end();
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output())
                .contains("mounts: mnt:")
                .doesNotContain(ours)
                .contains("process: " + build.process().pid() + "\n");
        assertThat(launch(withoutOtherJdks(), "build", "--help").output()).contains(ours);
        assertThat(launch(withoutOtherJdks(), "check", "debian").output()).contains(ours);
    }

    @Test
    void saysWhyThereIsNoMountNamespace() throws Exception {
        telltaleJdk("jdk-25", "25");
        Path commands = commandsExcept("unshare");
        script(commands.resolve("unshare"), "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n");
        Map<String, String> environment = with(withoutOtherJdks(), "PATH", commands.toString());
        Run run = launch(environment, "build", "debian");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("mount namespace").contains("Operation not permitted");
        assertThat(launch(environment, "build", "--help").exitCode()).isZero();
    }

    @Test
    void scriptsAreCleanToShellcheck() throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "shellcheck"))),
                "shellcheck is not installed; make test installs it.");
        Path root = Path.of("..").toRealPath();
        Run run = start(scratch, root, Map.of(), Path.of("shellcheck"), "metal-images", ".ci/run", "bench/startup")
                .end();
        assertThat(run.output()).isEmpty();
        assertThat(run.exitCode()).isZero();
    }

    private static Path launcher() {
        return checkout.resolve("metal-images");
    }

    private static Path programDirectory() throws IOException {
        Path builds = checkout.resolve("target/program");
        return builds.resolve(Files.readString(builds.resolve("current")).strip());
    }

    /** Launches while a source is newer than the program, without changing it for the next test. */
    private Run launchWithNewerSource(Map<String, String> environment, String... arguments) throws Exception {
        Path source = checkout.resolve("cli/pom.xml");
        FileTime before = Files.getLastModifiedTime(source);
        Files.setLastModifiedTime(source, FileTime.from(Instant.now()));
        Run run = launch(environment, arguments);
        Files.setLastModifiedTime(source, before);
        return run;
    }

    private static void assumeRoot() throws IOException {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "Only root installs packages and makes mount namespaces without a user namespace.");
    }

    /** An environment whose only JDKs are those of {@link #telltaleJdk}. */
    private Map<String, String> withoutOtherJdks() throws IOException {
        Path directory = scratch.resolve("jvm");
        return Map.of("METAL_IMAGES_JVM_DIRECTORIES", directory.toString());
    }

    private Path telltaleJdk(String name, String version) throws IOException {
        Path jdk = scratch.resolve("jvm").resolve(name);
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(jdk.resolve("bin/java"), TELLTALE_JAVA);
        script(jdk.resolve("bin/javac"), "#!/bin/sh\nexit 1\n");
        return jdk;
    }

    /** A directory with the commands that the launcher and Maven use, for a PATH of its own. */
    private Path commandsExcept(String... missing) throws IOException {
        Path commands = Files.createDirectory(scratch.resolve("commands"));
        for (String name : COMMANDS) {
            if (!Arrays.asList(missing).contains(name)) {
                script(commands.resolve(name), "#!/bin/sh\nexec '" + installed(name) + "' \"$@\"\n");
            }
        }
        return commands;
    }

    private static Path installed(String command) {
        return Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
                .map(directory -> Path.of(directory, command))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError(command + " is not installed; make test installs it."));
    }

    private static Path script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, fromString("rwxr-xr-x"));
    }

    private static Map<String, String> with(Map<String, String> environment, String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return more;
    }

    private Run launch(Map<String, String> environment, String... arguments) throws Exception {
        return start(scratch, scratch, environment, launcher(), arguments).end();
    }

    private record ProcessInFlight(Process process, Path output, Path errors) {

        Run end() throws IOException, InterruptedException {
            return new Run(process.waitFor(), Files.readString(output), Files.readString(errors));
        }
    }

    private static ProcessInFlight start(
            Path logs, Path directory, Map<String, String> environment, Path command, String... arguments)
            throws IOException {
        Path output = Files.createTempFile(logs, "output", null);
        Path errors = Files.createTempFile(logs, "errors", null);
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(directory.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MAVEN_") || name.startsWith("METAL_IMAGES_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        if (environment.containsKey("METAL_IMAGES_JVM_DIRECTORIES")) {
            builder.environment().remove("JAVA_HOME");
        }
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new ProcessInFlight(process, output, errors);
    }

    private static void copyOfSources(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                String relative = from.relativize(directory).toString();
                if (relative.matches("\\.git|images|os|(.*/)?target|.*/src/test")) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(relative));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file).toString()), LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
