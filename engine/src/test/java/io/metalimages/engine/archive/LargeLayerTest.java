package io.metalimages.engine.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeLayerTest {

    @TempDir
    Path directory;

    /** The names alone would need more than twice as much. */
    @Tag("slow")
    @Test
    void memoryDoesNotGrowWithALayer() throws Exception {
        Host.assumeRoot("give files to root");
        Path root = directory.resolve("root");
        Command.Outcome outcome = Command.run(
                Map.of(), Command.java(LargeLayerProgram.class, List.of("-Xmx32m"), List.of(root.toString())));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(Files.size(root.resolve("large"))).isEqualTo(LargeLayerProgram.LARGE);
        Command.succeed("rm", "-r", root.toString());
    }
}
