package io.metalimages.cli.launcher;

import static java.nio.file.attribute.PosixFilePermissions.fromString;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The launcher in a checkout that looks built, with JDKs and a Maven that only tell how they were started, on a machine
 * that can be as poor as a test needs it.
 */
final class LauncherSandbox {

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
            echo "state: ${METAL_IMAGES_STATE:-}"
            printf 'argument: %s\\n' "$@"
            """;

    private static final List<String> COMMANDS = List.of(
            "basename",
            "bash",
            "cat",
            "chmod",
            "cp",
            "curl",
            "date",
            "df",
            "dirname",
            "env",
            "expr",
            "find",
            "flock",
            "grep",
            "gzip",
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
            "setpriv",
            "sh",
            "sha256sum",
            "sleep",
            "slirp4netns",
            "stat",
            "sync",
            "tail",
            "tar",
            "touch",
            "tr",
            "true",
            "uname",
            "unshare",
            "wget");

    private final Path scratch;
    private final Path checkout;

    record Run(int exitCode, String output, String errors) {}

    record ProcessInFlight(Process process, Path output, Path errors) {

        Run end() throws IOException, InterruptedException {
            return new Run(process.waitFor(), Files.readString(output), Files.readString(errors));
        }
    }

    LauncherSandbox(Path scratch) throws IOException {
        this.scratch = scratch;
        // Other users than the one who runs the test start the launcher, too.
        Files.setPosixFilePermissions(scratch, fromString("rwxr-xr-x"));
        checkout = Files.createDirectories(scratch.resolve("a check-out"));
        Files.copy(Path.of("..", "metal-images"), launcher());
        Files.createDirectories(checkout.resolve(".mvn"));
        Files.createDirectories(checkout.resolve("cli/src/main"));
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Files.writeString(checkout.resolve("cli/pom.xml"), "<project/>");
        Files.createDirectories(checkout.resolve("target/program/built/lib"));
        Files.writeString(checkout.resolve("target/program/built/metal-images.jar"), "");
        Files.writeString(checkout.resolve("target/program/current"), "built\n");
    }

    Path checkout() {
        return checkout;
    }

    Path launcher() {
        return checkout.resolve("metal-images");
    }

    Path programDirectory() throws IOException {
        Path builds = checkout.resolve("target/program");
        return builds.resolve(Files.readString(builds.resolve("current")).strip());
    }

    /** Makes the program look older than one of its sources. */
    void makeSourceNewer() throws IOException {
        Files.setLastModifiedTime(
                checkout.resolve("target/program/current"),
                FileTime.from(Instant.now().minusSeconds(60)));
    }

    /** An environment whose only JDKs are those of {@link #telltaleJdk}. */
    Map<String, String> withoutOtherJdks() {
        return Map.of("METAL_IMAGES_JVM_DIRECTORIES", scratch.resolve("jvm").toString());
    }

    Path telltaleJdk(String name, String version) throws IOException {
        return telltaleJdk(scratch.resolve("jvm").resolve(name), version);
    }

    static Path telltaleJdk(Path jdk, String version) throws IOException {
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(jdk.resolve("bin/java"), TELLTALE_JAVA);
        script(jdk.resolve("bin/javac"), "#!/bin/sh\nexit 1\n");
        return jdk;
    }

    /** A Maven that makes a program, and writes its arguments to the file that is returned. */
    Path telltaleMaven(Path commands) throws IOException {
        Path asked = scratch.resolve("maven-arguments");
        Path program = checkout.resolve("cli/target/program");
        script(commands.resolve("mvn"), """
                #!/bin/sh
                printf '%%s\\n' "$@" >>'%1$s'
                mkdir -p '%2$s/lib' && : >'%2$s/metal-images.jar'
                """.formatted(asked, program));
        return asked;
    }

    /** A directory with the commands that the launcher and Maven use, for a PATH of its own. */
    Path commandsExcept(String... missing) throws IOException {
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

    static Path script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, fromString("rwxr-xr-x"));
    }

    static Map<String, String> with(Map<String, String> environment, String... namesAndValues) {
        Map<String, String> more = new HashMap<>(environment);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            more.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return more;
    }

    static void assumeRoot() {
        Host.assumeRoot("install packages, change users, and make mounts without a user namespace");
    }

    Run launch(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        return start(environment, arguments).end();
    }

    ProcessInFlight start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher().toString()));
        command.addAll(List.of(arguments));
        return start(scratch, scratch, environment, command);
    }

    static ProcessInFlight start(Path logs, Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        Path output = Files.createTempFile(logs, "output", null);
        Path errors = Files.createTempFile(logs, "errors", null);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment()
                .keySet()
                .removeIf(name ->
                        name.startsWith("MAVEN_") || name.startsWith("METAL_IMAGES_") || name.startsWith("XDG_"));
        builder.environment()
                .keySet()
                .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        if (environment.containsKey("METAL_IMAGES_JVM_DIRECTORIES")) {
            builder.environment().remove("JAVA_HOME");
        }
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new ProcessInFlight(process, output, errors);
    }
}
