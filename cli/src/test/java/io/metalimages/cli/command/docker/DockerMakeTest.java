package io.metalimages.cli.command.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs lines of Makefiles that were written for docker-make, with nothing but the program's name changed. */
final class DockerMakeTest {

    @TempDir
    private Path directory;

    private Program program;
    private Path debian;

    @BeforeEach
    void prepare() throws IOException {
        Host.assumeRoot("build images");
        program = new Program(directory, Map.of("SOURCE_DATE_EPOCH", "1700000000"));
        debian = Files.createDirectories(program.home().resolve("debian"));
        Files.createDirectories(debian.resolve("context"));
        Files.writeString(debian.resolve("context/file"), "file\n");
        Files.writeString(debian.resolve("Dockerfile"), """
                ARG BASE=scratch
                FROM ${BASE}
                ARG SEMVER
                LABEL version=$SEMVER
                COPY context/ /
                """);
        Files.writeString(debian.resolve("docker-make.debian.yaml"), """
                ---
                version: '1'
                name: debian
                username: metal-stack
                registry-host: ghcr.io
                default-build-args:
                  - SEMVER_PATCH=${SEMVER_PATCH}
                  - OS_NAME=debian
                  - QUOTE=it's "so" $$
                builds:
                  -
                    name: "Debian 12"
                    tags:
                      - ${SEMVER}
                      - ${SEMVER_MAJOR_MINOR}
                    build-args:
                      - SEMVER_MAJOR_MINOR=12
                      - SEMVER=${SEMVER_MAJOR_MINOR}${SEMVER_PATCH}
                    before: echo before >>log
                    after:
                      - cd ../ && OS_NAME=${OS_NAME} sh -c 'echo "$OS_NAME:$1" >>debian/log' sh ghcr.io/metal-stack/${OS_NAME}:${SEMVER}
                      - for word in a b; do echo "$word"; done >>log
                before:
                after: echo end >>log
                """);
        Path firewall = Files.createDirectories(program.home().resolve("firewall"));
        Files.writeString(firewall.resolve("Dockerfile"), """
                ARG BASE_OS_NAME
                ARG BASE_OS_VERSION
                ARG SEMVER_PATCH
                FROM ${BASE_OS_NAME}:${BASE_OS_VERSION}${SEMVER_PATCH}
                COPY wall /
                """);
        Files.writeString(firewall.resolve("wall"), "wall\n");
        Files.writeString(firewall.resolve("docker-make.yaml"), """
                version: '1'
                name: firewall
                username: metal-stack
                registry-host: ghcr.io
                default-build-name: debian
                builds:
                  - name: debian
                    tags: [3.0]
                    build-args:
                      - BASE_OS_VERSION=12
                      - BASE_OS_NAME=ghcr.io/metal-stack/debian
                  - name: more
                    tags:
                      - 3.0-more
                    build-args:
                      - BASE_OS_VERSION=12
                      - BASE_OS_NAME=ghcr.io/metal-stack/debian
                """);
    }

    private Program.Run make(String... arguments) throws Exception {
        return program.run(
                Stream.concat(Stream.of("docker-make"), Stream.of(arguments)).toArray(String[]::new));
    }

    @Test
    void linesOfMakefilesRunAsTheyAre() throws Exception {
        Program.Run run = make("-nNL", "-w", "debian", "-f", "docker-make.debian.yaml");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output().lines()).containsExactly("Debian 12", "  image   ghcr.io/metal-stack/debian:12");
        assertThat(Files.readAllLines(debian.resolve("log")))
                .containsExactly("before", "debian:ghcr.io/metal-stack/debian:12", "a", "b", "end");
        assertThat(run.errors()).contains("the variable SEMVER_PATCH is not set, and taken for empty");

        // What one has built the next one starts from.
        Program.Run firewall = make("-nNL", "-w", "firewall", "-f", "docker-make.yaml");
        assertThat(firewall.exitCode()).as(firewall.errors()).isZero();
        Path wall = program.home().resolve("third");
        Files.createDirectories(wall);
        Files.writeString(wall.resolve("Dockerfile"), "FROM ghcr.io/metal-stack/firewall:3.0-more\n");
        Program.Run files = program.run("docker-build", "-o", "files", "third");
        assertThat(files.exitCode()).as(files.errors()).isZero();
        assertThat(program.home().resolve("files/wall")).hasContent("wall\n");
        assertThat(program.home().resolve("files/file")).hasContent("file\n");
    }

    @Test
    void nothingRunsAfterAFailure() throws Exception {
        Files.writeString(debian.resolve("docker-make.yaml"), """
                version: '1'
                name: debian
                username: metal-stack
                registry-host: ''
                before: echo first >>log
                builds:
                  - name: one
                    tags: ['1']
                    after: exit 3
                  - name: two
                    tags: ['2']
                    before: echo two >>log
                after: echo after >>log
                """);
        Program.Run run = make("-n", "-w", "debian");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("The command ended with 3: exit 3");
        assertThat(debian.resolve("log")).hasContent("first\n");
    }

    @Test
    void mistakesEndItUnlessTheUserGoesOn() throws Exception {
        Files.writeString(debian.resolve("Dockerfile"), "FROM scratch AS Base\nCOPY context /\n");
        assertThat(make("-n", "-w", "debian", "-f", "docker-make.debian.yaml").exitCode())
                .isEqualTo(2);
        assertThat(make("--only-lint", "-w", "debian", "-f", "docker-make.debian.yaml")
                        .exitCode())
                .isEqualTo(2);
        assertThat(debian.resolve("log")).doesNotExist();
        assertThat(make("-nL", "-w", "debian", "-f", "docker-make.debian.yaml").exitCode())
                .isZero();
        assertThat(make("-n", "--no-lint", "-w", "debian", "-f", "docker-make.debian.yaml")
                        .exitCode())
                .isZero();
    }

    @Test
    void showsWhatItWouldDo() throws Exception {
        Program.Run shown = make("-B", "-w", "firewall");
        assertThat(shown.output()).contains("debian\n", "more\n", "  image   ghcr.io/metal-stack/firewall:3.0-more\n");
        JsonNode builds = new JsonMapper()
                .readTree(make(
                                "-d",
                                "--json",
                                "-w",
                                "debian",
                                "-f",
                                "docker-make.debian.yaml",
                                "--build-arg",
                                "X=1",
                                "Y=2")
                        .output())
                .get("builds");
        assertThat(builds.get(0).get("args").get("Y").asString()).isEqualTo("2");
        assertThat(builds.get(0).get("args").get("QUOTE").asString()).isEqualTo("it's \"so\" $");
        assertThat(builds.get(0).get("before").get(0).asString()).isEqualTo("echo before >>log");
        assertThat(debian.resolve("log")).doesNotExist();

        assertThat(make("-q", "-B", "-b", "more", "-w", "firewall").output())
                .isEqualTo("ghcr.io/metal-stack/firewall:3.0-more\n");
        assertThat(make("-n", "-b", "nonsense", "-w", "firewall").exitCode()).isEqualTo(1);
        assertThat(make("-w", "nowhere").exitCode()).isEqualTo(1);
        assertThat(make("-w", "firewall", "-f", "none.yaml").exitCode()).isEqualTo(1);
    }
}
