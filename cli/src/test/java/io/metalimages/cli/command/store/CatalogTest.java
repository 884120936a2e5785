package io.metalimages.cli.command.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Writes the pages of a directory to which a small image was published, in processes of their own. */
final class CatalogTest {

    @TempDir
    private Path directory;

    private Program program;

    @BeforeEach
    void publish() throws Exception {
        program = new Program(directory, Map.of());
        new TinyImage(directory).exportTo(program.images().resolve("tiny/1"));
        Program.Run run = program.run("publish", "--create", "--untested", "--store", store(), "--channel", "stable");
        assertThat(run.exitCode()).as(run.errors()).isZero();
    }

    private String store() {
        return directory.resolve("store").toString();
    }

    @Test
    void pagesAreWrittenIntoTheStoreOnce() throws Exception {
        Program.Run run = program.run("catalog", "--store", store(), "--url-base", "https://images.example.com/");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output())
                .startsWith("catalog in " + store() + "\n")
                .contains(" written · ", " · 0 deleted", "https://images.example.com/index.html");
        assertThat(directory.resolve("store/index.html")).content().contains("tiny", "metal-stack images");
        assertThat(directory.resolve("store/catalog/tiny/1/index.html"))
                .content()
                .contains("https://images.example.com/metal-os/stable/tiny/1/img.tar.lz4", "Not tested");
        Program.Run again =
                program.run("catalog", "--store", store(), "--url-base", "https://images.example.com", "--json");
        JsonNode json = JsonMapper.shared().readTree(again.output());
        assertThat(json.get("written").size()).isZero();
        assertThat(json.get("objects").asInt()).isPositive();
        assertThat(json.get("page").asString()).isEqualTo("https://images.example.com/index.html");
    }

    @Test
    void pagesAreWrittenElsewhere() throws Exception {
        Program.Run planned = program.run("catalog", "--store", store(), "--dry-run");
        assertThat(planned.output()).contains(" would be written", "    + index.html");
        Path pages = directory.resolve("pages");
        Program.Run run = program.run(
                "catalog",
                "--store",
                store(),
                "--output",
                pages.toString(),
                "--title",
                "Our <images>",
                "--unsupported",
                "tiny",
                "--quiet");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).isEqualTo("https://images.metal-stack.io/index.html\n");
        assertThat(run.errors()).isEmpty();
        assertThat(pages.resolve("index.html")).content().contains("Our &lt;images&gt;", "Without support");
        assertThat(Files.exists(directory.resolve("store/index.html"))).isFalse();
    }

    /** The other channels are there all the same. */
    @Test
    void aChannelThatCannotBeReadIsShownAsSuch() throws Exception {
        Path damaged = Files.createDirectories(directory.resolve("store/metal-os/pull_requests/later"));
        Files.writeString(damaged.resolve("index.json"), "{\"format\": 99}");
        Program.Run run = program.run("catalog", "--store", store());
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).contains("pull_requests/later is left out: ").doesNotContain("\tat ");
        assertThat(directory.resolve("store/index.html"))
                .content()
                .contains("Cannot be read", "pull_requests/later", "tiny");
    }
}
