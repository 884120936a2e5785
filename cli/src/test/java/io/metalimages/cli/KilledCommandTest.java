package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.Digest;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole command, killed at any moment of a build, an export or a publication: the next one succeeds, makes the image
 * that a machine without a past makes, and leaves nothing of either.
 */
final class KilledCommandTest {

    private static final int VARIANTS = 2;
    private static final String[] BUILD = {"build", "tiny", "--output", "images"};
    private static final String[] BUILD_ANEW = {"build", "tiny", "--output", "images", "--no-cache"};

    @TempDir
    private Path directory;

    private Program program;
    private Path definition;

    @BeforeEach
    void prepare() throws IOException {
        Host.assumeRoot("build images");
        program = new Program(directory, Map.of("SOURCE_DATE_EPOCH", "1700000000"));
        definition = Files.createDirectories(program.home().resolve("os/tiny"));
        TinyImage image = new TinyImage(definition);
        Files.copy(Host.busybox(), image.file("bin/sh", ""), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(definition.resolve("docker-make.yaml"), """
                version: '1'
                name: tiny
                default-build-name: '1'
                builds:
                  - name: '1'
                """);
        Files.writeString(definition.resolve("Dockerfile"), """
                FROM scratch AS system
                COPY --chown=0:0 root/ /
                RUN ["/bin/sh", "-c", "echo first >/first"]

                FROM system AS other
                COPY variant /other
                RUN ["/bin/sh", "-c", "read line </other; echo $line and more >>/other"]

                FROM system
                COPY variant /variant
                RUN ["/bin/sh", "-c", "read line </variant; echo $line and more >>/variant"]
                COPY --from=other /other /
                """);
    }

    @Test
    void harmsNothing() throws Exception {
        killAtRandomMoments(3);
    }

    @Test
    @Tag("slow")
    void harmsNothingTwoHundredTimes() throws Exception {
        killAtRandomMoments(200);
    }

    private void killAtRandomMoments(int times) throws Exception {
        Map<Integer, Digest> expected = new HashMap<>();
        long longest = 0;
        for (int variant = 0; variant < VARIANTS; variant++) {
            WorkDirectory.deleteTree(program.state());
            long begun = System.nanoTime();
            expected.put(variant, built(variant));
            longest = Math.max(longest, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int kill = 0; kill < times; kill++) {
            if (random.nextInt(4) == 0) {
                WorkDirectory.deleteTree(program.state());
            }
            int variant = random.nextInt(VARIANTS);
            List<String> command = new ArrayList<>(List.of(random.nextBoolean() ? BUILD : BUILD_ANEW));
            boolean publishes = random.nextInt(4) == 0;
            if (publishes) {
                built(variant);
                command = publish();
            } else {
                choose(variant);
            }
            Process killed = program.start(command.toArray(String[]::new));
            killed.waitFor(random.nextLong(longest), TimeUnit.MILLISECONDS);
            killed.destroyForcibly().waitFor();

            String description = "kill %d of %s, seed %d".formatted(kill, command, seed);
            assertThat(built(variant)).as(description).isEqualTo(expected.get(variant));
            if (publishes) {
                Program.Run run = program.run(publish().toArray(String[]::new));
                assertThat(run.exitCode()).as(description + ": " + run.errors()).isZero();
                assertThat(Digest.ofFile(directory.resolve("store/metal-os/stable/tiny/1/img.tar.lz4")))
                        .as(description)
                        .isEqualTo(expected.get(variant));
            }
            assertNothingIsLeft(description);
        }
    }

    private void choose(int variant) throws IOException {
        Files.writeString(definition.resolve("variant"), "variant " + variant + "\n");
    }

    private Digest built(int variant) throws Exception {
        choose(variant);
        Program.Run run = program.run(BUILD);
        assertThat(run.exitCode()).as(run.errors()).isZero();
        return Digest.ofFile(program.images().resolve("tiny/1/img.tar.lz4"));
    }

    private List<String> publish() {
        return List.of(
                "publish",
                "--create",
                "tiny/1",
                "--store",
                directory.resolve("store").toString(),
                "--channel",
                "stable",
                "--untested");
    }

    private void assertNothingIsLeft(String description) throws IOException {
        assertThat(Files.readString(Path.of("/proc/self/mounts")))
                .as(description)
                .doesNotContain(directory.toString());
        try (Stream<Path> work = Files.list(program.state().resolve("work"))) {
            assertThat(work.filter(Files::isDirectory)).as(description).isEmpty();
        }
        try (Stream<Path> files = Files.walk(program.images())) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .as(description)
                    .noneMatch(name -> name.startsWith("."));
        }
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            assertThat(commandLine(process))
                    .as(description)
                    .doesNotContain(program.state().toString());
        }
    }

    private static String commandLine(ProcessHandle process) throws IOException {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        } catch (IOException gone) {
            if (process.isAlive()) {
                throw gone;
            }
            return "";
        }
    }
}
