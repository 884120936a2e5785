package io.metalimages.cli.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.launcher.LauncherSandbox.ProcessInFlight;
import io.metalimages.cli.launcher.LauncherSandbox.Run;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds the program with the launcher in a copy of the checkout, with the real Maven and JDK. */
final class LauncherBuildTest {

    @TempDir
    private static Path shared;

    private static Path checkout;
    private static List<Run> firstRuns;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void launchTwiceAtOnceInFreshCopy() throws Exception {
        checkout = Files.createDirectory(shared.resolve("a check-out"));
        copyOfSources(Path.of("..").toRealPath(), checkout);
        List<ProcessInFlight> launches = new ArrayList<>();
        for (String name : List.of("first", "second")) {
            Path logs = Files.createDirectory(shared.resolve(name));
            launches.add(LauncherSandbox.start(
                    logs, shared, Map.of(), List.of(launcher().toString(), "--help")));
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
        assertThat(launch("--help").exitCode()).isZero();
        Run run = launch("--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.errors()).isEmpty();
        assertThat(run.output()).contains("Examples:");
    }

    @Test
    void keepsWhatTheJvmSaysOfItsCacheOffStandardOutput() throws Exception {
        String output = launch("--help").output();
        Path programs = checkout.resolve("target/program");
        Path cache = programs.resolve(
                        Files.readString(programs.resolve("current")).strip())
                .resolve("help.aot");
        byte[] intact = Files.readAllBytes(cache);
        try {
            Files.writeString(cache, "no cache");
            Run run = launch("--help");
            assertThat(run.exitCode()).isZero();
            assertThat(run.output()).isEqualTo(output);
        } finally {
            Files.write(cache, intact);
        }
    }

    @Test
    void passesOnTheExitCodeOfWrongUse() throws Exception {
        Run run = launch("--no-such-option");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("--no-such-option").doesNotContain("WARNING");
    }

    @Test
    void worksThroughSymbolicLinkFromAnotherDirectory() throws Exception {
        Path link = Files.createSymbolicLink(shared.resolve("linked"), launcher());
        Run run = LauncherSandbox.start(scratch, shared, Map.of(), List.of("./" + link.getFileName(), "--help"))
                .end();
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("Usage: metal-images");
    }

    @Test
    void buildsAgainWhenASourceHasChanged() throws Exception {
        Path main = checkout.resolve("cli/src/main/java/io/metalimages/cli/Main.java");
        Files.writeString(main, Files.readString(main).replace("boots on bare metal", "starts on bare metal"));
        Run run = launch("--help");
        assertThat(run.errors()).contains("Building the program");
        assertThat(run.output()).contains("starts on bare metal");
    }

    @Test
    void showsTheLogOfABuildThatFailsAndKeepsTheProgramBeforeIt() throws Exception {
        Path main = checkout.resolve("cli/src/main/java/io/metalimages/cli/Main.java");
        String source = Files.readString(main);
        FileTime written = Files.getLastModifiedTime(main);
        Files.writeString(main, source.replace("class Main", "class Main extends Missing"));
        Run failed = launch("--help");
        Files.writeString(main, source);
        Files.setLastModifiedTime(main, written);
        Run restored = launch("--help");

        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.output()).isEmpty();
        assertThat(failed.errors())
                .contains("cannot find symbol", "Main.java:[")
                .contains("The program could not be built. The whole log: " + checkout);
        assertThat(restored.errors()).isEmpty();
        assertThat(restored.exitCode()).isZero();
    }

    private static Path launcher() {
        return checkout.resolve("metal-images");
    }

    private Run launch(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher().toString()));
        command.addAll(List.of(arguments));
        return LauncherSandbox.start(scratch, scratch, Map.of(), command).end();
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
