package io.metalimages.cli.command.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.output.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code new} writes, and that definitions may lie anywhere. */
final class NewTest {

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
                registry-host: localhost
                builds:
                  - name: '1'
                    tags: ['1']
                  - name: untagged
                """);
    }

    @Test
    void writesADefinitionThatStartsFromTheImage() throws Exception {
        Program.Run run = program.run("new", "storage", "--from", "tiny");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("Next: metal-images build storage\n");
        assertThat(names(program.home().resolve("os/storage")))
                .containsExactlyInAnyOrder("Dockerfile", "checks.yaml", "docker-make.yaml");
        assertThat(program.home().resolve("os/storage/Dockerfile"))
                .content()
                .contains("storage: tiny/1,", "ARG BASE=localhost/tiny:1\n")
                .doesNotContain("@");
        assertThat(program.run("list", "--quiet").output()).contains("storage/1.0\n");
    }

    @Test
    void definitionsMayLieInAnyDirectory() throws Exception {
        Path own = directory.resolve("our images");
        JsonNode created = JsonMapper.shared()
                .readTree(program.run("new", "storage", "--from", "tiny/1", "--os-dir", own.toString(), "--json")
                        .output());
        assertThat(created.path("files").get(0).asString())
                .isEqualTo(own.resolve("storage/Dockerfile").toString());
        assertThat(names(program.home().resolve("os"))).containsExactly("tiny");
        assertThat(program.run("list", "--quiet").output()).doesNotContain("storage");
        assertThat(program.run("list", "--quiet", "--os-dir", own.toString()).output())
                .isEqualTo("storage/1.0\ntiny/1\ntiny/untagged\n");
        assertThat(new Program(directory, Map.of("METAL_IMAGES_OS_DIR", own.toString()))
                        .run("list", "--quiet")
                        .output())
                .contains("storage/1.0\n");
    }

    @Test
    void theCheckoutsOwnDirectoryMayBeNamed() throws Exception {
        assertThat(program.run("list", "--quiet", "--os-dir", "os").output()).isEqualTo("tiny/1\ntiny/untagged\n");
        assertThat(program.run("new", "storage", "--from", "tiny", "--os-dir", "os")
                        .exitCode())
                .isZero();
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() throws Exception {
        Program.Run run =
                program.run("list", "--os-dir", directory.resolve("nowhere").toString());
        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(run.errors()).contains("There is no directory " + directory.resolve("nowhere"));
    }

    @Test
    void whatIsThereStays() throws Exception {
        Path mine = Files.createDirectories(program.home().resolve("os/storage"));
        Files.writeString(mine.resolve("notes"), "mine");
        Program.Run run = program.run("new", "storage", "--from", "tiny");
        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(run.errors()).contains("os/storage exists already");
        assertThat(names(mine)).containsExactly("notes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a/b", "Storage", "-x ", "a b", "ü"})
    void namesThatNoImageCanHaveAreRefused(String name) throws Exception {
        Program.Run run = program.run("new", "--from", "tiny", "--", name);
        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(names(program.home().resolve("os"))).containsExactly("tiny");
    }

    @Test
    void imagesThatNoneCanStartFromAreRefused() throws Exception {
        assertThat(program.run("new", "storage", "--from", "tiny/untagged").errors())
                .contains("No image can start from tiny/untagged");
        assertThat(program.run("new", "storage", "--from", "tiyn/1").errors()).contains("Did you mean tiny/1?");
        assertThat(names(program.home().resolve("os"))).containsExactly("tiny");
    }

    private static Stream<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).toList().stream();
        }
    }
}
