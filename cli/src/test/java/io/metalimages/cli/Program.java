package io.metalimages.cli;

import io.metalimages.engine.work.StateDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The program in a process of its own, with a checkout, a state directory and an output directory of its own. */
public final class Program {

    private final Path directory;
    private final Path home;
    private final List<String> before = new ArrayList<>();
    private final List<String> javaOptions = new ArrayList<>();
    private final Map<String, String> environment;

    /** @param environment added to one that has no settings of the user's */
    public Program(Path directory, Map<String, String> environment) throws IOException {
        this.directory = directory;
        this.home = Files.createDirectories(directory.resolve("checkout"));
        this.environment = environment;
    }

    public record Run(int exitCode, String output, String errors) {}

    public Path home() {
        return home;
    }

    public Path state() {
        return directory.resolve("state");
    }

    /** What was built before needs not be built again for this test; what a run works with stays its own. */
    public void shareCaches() throws IOException {
        Path caches = StateDirectory.fromEnvironment(System.getenv(), true).root();
        Files.createDirectories(state());
        for (String name : List.of("actions", "bases", "blocks", "caches", "history", "locks", "logs", "snapshots")) {
            Files.createSymbolicLink(state().resolve(name), Files.createDirectories(caches.resolve(name)));
        }
    }

    public Path images() {
        return home.resolve("images");
    }

    /** Has the program started by another one. */
    public Program by(String... command) {
        before.addAll(List.of(command));
        return this;
    }

    public Program withJavaOption(String option) {
        javaOptions.add(option);
        return this;
    }

    /** The command line that starts the program. */
    public List<String> command(String... arguments) {
        return javaCommand("io.metalimages.cli.Main", arguments);
    }

    private List<String> javaCommand(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>(before);
        // Tests that run in the background of a script may have inherited that Ctrl-C is ignored.
        command.addAll(List.of("env", "--default-signal=INT"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dmetal-images.home=" + home));
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs a command to its end. What it prints with {@code --json} is held against its schema. */
    public Run run(String... arguments) throws IOException, InterruptedException {
        Run run = ended(start(command(arguments)));
        List<String> words = List.of(arguments);
        if (words.contains("--json") && !words.contains("--help")) {
            DocumentSchemas.requireValid(words, run.output());
        }
        return run;
    }

    public Process start(String... arguments) throws IOException {
        return start(command(arguments));
    }

    /** Starts another class of the class path. */
    Process startClass(Class<?> mainClass) throws IOException {
        return start(javaCommand(mainClass.getName()));
    }

    public Process start(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(directory.resolve("output").toFile())
                .redirectError(directory.resolve("errors").toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("METAL_IMAGES_")
                        || name.startsWith("LC_")
                        || List.of("CI", "NO_COLOR", "TERM", "SOURCE_DATE_EPOCH")
                                .contains(name));
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("METAL_IMAGES_STATE", state().toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    public Run ended(Process process) throws IOException, InterruptedException {
        int exitCode = process.waitFor();
        return new Run(exitCode, Files.readString(directory.resolve("output")), errors());
    }

    public String errors() throws IOException {
        return Files.readString(directory.resolve("errors"));
    }

    /** Waits until the process has written {@code text} to standard error. */
    public void awaitErrors(Process process, String text) throws IOException, InterruptedException {
        while (!errors().contains(text)) {
            if (!process.isAlive()) {
                throw new AssertionError("It ended without saying \"" + text + "\": " + errors());
            }
            Thread.sleep(20);
        }
    }
}
