package io.metalimages.cli.command.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Four builds at once in processes of their own, of images that have steps in common: all succeed, each step runs once. */
final class ConcurrentBuildsTest {

    /** The images of each build; each is made by two builds, into one directory. */
    private static final List<List<String>> BUILDS = List.of(
            List.of("tiny/a", "tiny/b"),
            List.of("tiny/b", "tiny/c"),
            List.of("tiny/c", "tiny/d"),
            List.of("tiny/d", "tiny/a"));

    /** Three of each stage that all images have, one more of theirs, and one for each. */
    private static final int STEPS = 3 + 3 + 1 + BUILDS.size();

    @TempDir
    private Path directory;

    private final List<Program> programs = new ArrayList<>();

    @BeforeEach
    void prepare() throws IOException {
        Host.assumeRoot("build images");
        Map<String, String> environment = Map.of(
                "SOURCE_DATE_EPOCH",
                "1700000000",
                "METAL_IMAGES_STATE",
                directory.resolve("state").toString());
        for (int build = 0; build < BUILDS.size(); build++) {
            programs.add(new Program(directory.resolve("build" + build), environment));
        }
        for (Program program : programs) {
            Path definition = Files.createDirectories(program.home().resolve("os/tiny"));
            Files.copy(Host.busybox(), definition.resolve("sh"), StandardCopyOption.COPY_ATTRIBUTES);
            Files.writeString(definition.resolve("docker-make.yaml"), """
                    version: '1'
                    name: tiny
                    default-build-name: a
                    builds:
                      - {name: a, build-args: [IMAGE=a]}
                      - {name: b, build-args: [IMAGE=b]}
                      - {name: c, build-args: [IMAGE=c]}
                      - {name: d, build-args: [IMAGE=d]}
                    """);
            Files.writeString(definition.resolve("Dockerfile"), """
                    FROM scratch AS system
                    COPY round /round
                    COPY sh /bin/sh
                    RUN ["/bin/sh", "-c", "echo system >>/round"]

                    FROM scratch AS other
                    COPY sh /bin/sh
                    COPY round /other
                    RUN ["/bin/sh", "-c", "echo other >>/other"]

                    FROM system
                    ARG IMAGE
                    COPY --from=other /other /other
                    RUN ["/bin/sh", "-c", "echo $IMAGE >>/round"]
                    """);
        }
    }

    @Test
    void runEachStepOnce() throws Exception {
        buildInRounds(2);
    }

    @Test
    @Tag("slow")
    void runEachStepOnceInFiftyRounds() throws Exception {
        buildInRounds(50);
    }

    private void buildInRounds(int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) {
            List<Process> processes = new ArrayList<>();
            for (Program program : programs) {
                Files.writeString(program.home().resolve("os/tiny/round"), "round " + round + "\n");
            }
            for (int build = 0; build < BUILDS.size(); build++) {
                List<String> arguments = new ArrayList<>(List.of("build", "--no-check", "--json"));
                arguments.addAll(List.of("--output", directory.resolve("images").toString()));
                arguments.addAll(BUILDS.get(build));
                processes.add(programs.get(build).start(arguments.toArray(String[]::new)));
            }
            List<String> ran = new ArrayList<>();
            Set<String> digests = new HashSet<>();
            for (int build = 0; build < BUILDS.size(); build++) {
                Program.Run run = programs.get(build).ended(processes.get(build));
                assertThat(run.exitCode())
                        .as("round %d: %s", round, run.errors())
                        .isZero();
                for (JsonNode image : JsonMapper.shared().readTree(run.output()).at("/images")) {
                    digests.add(image.at("/name").stringValue() + " "
                            + image.at("/files/0/sha256").stringValue());
                    for (JsonNode step : image.at("/steps")) {
                        if (!step.at("/cached").asBoolean()) {
                            ran.add(image.at("/name").stringValue() + " " + step);
                        }
                    }
                }
            }
            assertThat(digests).as("one content an image, round " + round).hasSize(BUILDS.size());
            // One step does not depend on the round: the other stage's first.
            assertThat(ran).as("steps that ran, round " + round).hasSize(round == 0 ? STEPS : STEPS - 1);
        }
    }
}
