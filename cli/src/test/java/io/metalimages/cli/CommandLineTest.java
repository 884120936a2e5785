package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.common.Digest;
import io.metalimages.rack.provisioning.Userdata;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What can be seen of the program without building anything. */
final class CommandLineTest {

    private static final String NOTHING_BUILT = """
            IMAGE   BUILT  SIZE  TEST  ARCHIVE
            tiny/1  -      -     -     -
            tiny/2  -      -     -     -
            """;

    @TempDir
    private Path directory;

    private Program program;

    @BeforeEach
    void prepare() throws IOException {
        program = new Program(directory, Map.of());
        Path definition = Files.createDirectories(program.home().resolve("os/tiny"));
        Files.writeString(definition.resolve("docker-make.yaml"), """
                version: '1'
                name: tiny
                username: metal-images
                registry-host: localhost
                builds:
                  - name: '1'
                    tags: ['1']
                  - name: '2'
                    tags: ['2']
                """);
        Files.writeString(definition.resolve("Dockerfile"), "FROM scratch\nRUNN make\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "build --help",
                "catalog --help",
                "docker-build --help",
                "docker-make --help",
                "list --help",
                "publish --help",
                "push --help",
                "register --help",
                "shell --help",
                "--version"
            })
    void helpLoadsNothingOfWhatDoesTheWork(String arguments) throws Exception {
        Path loaded = directory.resolve("loaded");
        Program.Run run =
                program.withJavaOption("-Xlog:class+load:file=" + loaded).run(arguments.split(" "));
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).isEmpty();
        List<String> classes = Files.readAllLines(loaded);
        assertThat(classes.stream().filter(line -> line.contains(" io.metalimages.cli.Main ")))
                .hasSize(1);
        assertThat(classes.stream()
                        .filter(line -> line.contains(" tools.jackson.")
                                || line.contains(" org.snakeyaml.")
                                || (line.contains(" io.metalimages.") && !line.contains(" io.metalimages.cli."))))
                .isEmpty();
    }

    /** Written out in the help, which loads nothing of the rack. */
    @Test
    void helpNamesEveryFormOfUserdata() throws Exception {
        assertThat(program.run("test", "--help").output().replaceAll("\\s+", " "))
                .contains(String.join(", ", Userdata.labels()) + ", or a file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "build",
                "catalog",
                "check",
                "diff",
                "docker-build",
                "list",
                "publish",
                "push",
                "register",
                "shell",
                "sign",
                "verify"
            })
    void everyCommandHasExamplesAndTellsItsExitCodes(String command) throws Exception {
        assertThat(program.run("--help").output()).contains("\n  " + command + " ", "Examples:", "Exit codes:");
        assertThat(program.run(command, "--help").output())
                .contains("Usage: metal-images " + command, "Examples:\n  metal-images " + command, "Exit codes:")
                .contains("130   interrupted");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--nonsense",
                "bild",
                "build",
                "build --nonsense tiny",
                "build tiny --progress loud",
                "build tiny --output",
                "build tiny --epoch tomorrow",
                "build tiny --progress tty",
                "build tiny/3",
                "catalog",
                "catalog --store store --url-base images.example.com",
                "catalog --store store --url-base https://user@example.com/?x",
                "catalog --store store --title=",
                "check",
                "check debian/12",
                "check http:///",
                "shell",
                "shell --step nonsense",
                "shell --step 0123456789ab",
                "push",
                "push debian/12",
                "push debian/12 --to quay.io/team",
                "push debian/12 --to team",
                "push debian/12 --to https://quay.io/team",
                "push debian/12 --to quay.io/team:12",
                "push debian/12 --to quay.io/team --tag -x",
                "push debian/12 --to quay.io/team --name debian",
                "push debian/12 --to quay.io/team --attach sbom.json",
                "push debian/12 --to quay.io/team --attach sbom.json:text/plain",
                "push debian/12 --to quay.io/team --annotation x",
                "push / --to quay.io/team",
                "push /tmp/img.tar.lz4 --to quay.io/team",
                "push https://example.com/metal-os/pull_requests/x/debian/12 --to quay.io/team",
                "list surplus",
                "diff",
                "diff debian/12",
                "diff debian/12 debian/13",
                "publish",
                "publish --store store",
                "publish --store ftp://store --channel stable tiny/1",
                "publish tiny/1 --store store --channel stabel",
                "sign",
                "sign debian/12",
                "sign debian/12 --key missing.pem",
                "verify",
                "verify debian/12",
                "verify debian/12 --key missing.pem",
                "verify s3://bucket/debian/12"
            })
    void wrongUseIsToldOnStandardErrorWithTheNextStep(String arguments) throws Exception {
        Host.assumeRoot("see what commands refuse for themselves");
        Program.Run run = program.run(arguments.isEmpty() ? new String[0] : arguments.split(" "));
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).startsWith("Error: ").contains("\nNext step: ").doesNotContain("\tat ");
    }

    @Test
    void showsWhatIsNearest() throws Exception {
        Host.assumeRoot("begin to build");
        assertThat(program.run("bild").errors()).contains("Did you mean").contains("build");
        assertThat(program.run("build", "tny/1").errors()).contains("tny/1").contains("tiny/1");
    }

    @Test
    void aDefinitionThatIsWrongIsLeftOutWithAWarning() throws Exception {
        Path broken = Files.createDirectories(program.home().resolve("os/broken"));
        Files.writeString(broken.resolve("docker-make.yaml"), "version: '1'\nname: broken\nname: again\n");
        Program.Run run = program.run("list");
        assertThat(run.exitCode()).isZero();
        assertThat(run.output()).isEqualTo(NOTHING_BUILT);
        assertThat(run.errors())
                .startsWith("Warning: left out: ")
                .contains("broken/docker-make.yaml:3: The key name stands in the file twice.");
    }

    @Test
    void listsTheImages() throws Exception {
        assertThat(program.run("list").output()).isEqualTo(NOTHING_BUILT);
        assertThat(program.run("list", "--quiet").output()).isEqualTo("tiny/1\ntiny/2\n");
        assertThat(JsonMapper.shared().readTree(program.run("list", "--json").output()))
                .isEqualTo(JsonMapper.shared().readTree("""
                        {"names": ["tiny/1", "tiny/2"], "standIns": {},
                         "images": [{"name": "tiny/1", "built": false}, {"name": "tiny/2", "built": false}]}
                        """));
    }

    @Test
    void listsWhatIsBuiltAndHowItsTestEnded() throws Exception {
        Path built = buildTwo("1".repeat(64));
        assertThat(program.run("list", "--markdown").output()).isEqualTo("""
                | image | built | size | archive | keeps the contract | boots | reboots | checks | its test takes |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                | `tiny/1` | - | - | - | - | - | - | - | - |
                | `tiny/2` | 2026-11-22 | 3 B | ubuntu:22.04, a stand-in with packages of Debian bookworm | - | - | - | - | - |
                """);
        JsonNode json =
                JsonMapper.shared().readTree(program.run("list", "--json").output());
        assertThat(json.path("standIns")).isEqualTo(JsonMapper.shared().readTree("{\"tiny/2\": \"Debian bookworm\"}"));

        test(built, "2".repeat(64), true);
        assertThat(program.run("list").output())
                .as("another tarball was tested")
                .doesNotContain("passed");
        test(built, "1".repeat(64), true);
        assertThat(program.run("list").output()).contains("3 B   passed  ubuntu:22.04, a stand-in");
        assertThat(program.run("list", "--markdown").output())
                .contains("packages of Debian bookworm | yes | yes | - | 3 passed | 5:10 |");
        test(built, "1".repeat(64), false);
        assertThat(program.run("list").output()).contains("3 B   failed");

        Files.writeString(built.resolve("provenance.json"), "{}");
        Program.Run run = program.run("list");
        assertThat(run.output()).isEqualTo(NOTHING_BUILT);
        assertThat(run.errors()).contains("Warning: ", "tiny/2/provenance.json is damaged");
    }

    private Path buildTwo(String sha256) throws Exception {
        Path built = Files.createDirectories(program.images().resolve("tiny/2"));
        Path tarball = Files.writeString(built.resolve("img.tar.lz4"), "lz4");
        Files.setLastModifiedTime(tarball, FileTime.from(Instant.parse("2026-11-22T12:00:00Z")));
        Files.writeString(built.resolve("provenance.json"), """
                {
                  "_type": "https://in-toto.io/Statement/v1",
                  "predicateType": "https://slsa.dev/provenance/v1",
                  "subject": [{"name": "img.tar.lz4", "digest": {"sha256": "%s"}}],
                  "predicate": {"buildDefinition": {"resolvedDependencies": [
                    {"name": "ubuntu:22.04", "annotations": {"bootstrapped": "ubuntu", "standIn": "Debian bookworm"}}]}}
                }
                """.formatted(sha256));
        return built;
    }

    private static void test(Path built, String sha256, boolean passed) throws Exception {
        SampleTest.result(new Digest(sha256), "tiny/2", SampleTest.FULL, passed).write(built);
    }

    @Test
    void wrongDockerfilesAreShownAtTheirLine() throws Exception {
        Host.assumeRoot("begin to build");
        Program.Run run = program.run("build", "tiny");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors())
                .contains("Error: os/tiny/Dockerfile:2: ", "\n     1 │ FROM scratch\n▸    2 │ RUNN make\n")
                .contains("Next step: ")
                .doesNotContain("\u001b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"build tiny --json", "--json --nonsense", "build --json --quiet tiny/3"})
    void errorsAreJsonTooWhereThatIsWanted(String arguments) throws Exception {
        Host.assumeRoot("begin to build");
        Program.Run run = program.run(arguments.split(" "));
        assertThat(run.exitCode()).isEqualTo(2);
        JsonNode error = JsonMapper.shared().readTree(run.output()).get("error");
        assertThat(error.get("category").asString()).isEqualTo("WRONG_INPUT");
        assertThat(error.get("exitCode").asInt()).isEqualTo(2);
        assertThat(error.get("message").asString()).isNotBlank();
        assertThat(error.get("remedy").asString()).isNotBlank();
        if (arguments.equals("build tiny --json")) {
            assertThat(error.get("location"))
                    .isEqualTo(JsonMapper.shared().readTree("{\"file\": \"os/tiny/Dockerfile\", \"line\": 2}"));
        }
    }

    @Test
    void unwritableOutputIsRefusedBeforeAnyWork() throws Exception {
        Host.assumeRoot("begin to build");
        Path file = Files.createFile(directory.resolve("file"));
        Program.Run run = program.run("build", "tiny", "--output", file.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains(file + "/tiny/1").contains("is not a directory");
        assertThat(program.state()).doesNotExist();
    }

    @Test
    void onlyRootBuilds() throws Exception {
        Program.Run probe = program.ended(program.start(List.of("unshare", "--user", "true")));
        assumeTrue(probe.exitCode() == 0, "no user namespaces here, in which one isn't root: " + probe.errors());
        Program.Run run = program.by("unshare", "--user").run("build", "tiny");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(3);
        assertThat(run.errors()).contains("root").contains("./metal-images");
    }

    /** A state directory that is a file, as an example of what nobody thought of when it is used. */
    @Test
    void brokenStateDirectoryIsNamed() throws Exception {
        Host.assumeRoot("begin to build");
        Files.createFile(program.state());
        Program.Run run = program.run("build", "tiny");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains(program.state().toString()).contains("METAL_IMAGES_STATE");
    }
}
