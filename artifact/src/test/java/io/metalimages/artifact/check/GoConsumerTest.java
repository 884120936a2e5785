package io.metalimages.artifact.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.tar.FileTree;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.common.Digests;
import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads an artifact with the decoder that metal-hammer has.
 */
class GoConsumerTest {

    @Test
    void theConsumersDecoderReadsEveryEntry(@TempDir Path directory) throws Exception {
        Host.assumeRoot("make the files of an image");
        Host.assumeInstalled("go", "golang-go");
        Path consumer = GoConsumer.compile(directory);
        SampleTree tree = SampleTree.ofEverything(directory.resolve("root"));
        Artifact artifact = new ArtifactExporter(tree.options(directory.resolve("cache")))
                .export(tree.root(), directory.resolve("out"), ExportProgress.SILENT);

        Command.Outcome outcome = Command.run(
                Map.of(), List.of(consumer.toString(), artifact.tarball().toString()));

        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(outcome.lines()).containsExactlyElementsOf(expected(tree));
    }

    private static List<String> expected(SampleTree tree) throws Exception {
        List<String> lines = new ArrayList<>();
        for (TarEntry entry :
                FileTree.walk(tree.root(), SampleTree.TIMES, false).entries()) {
            boolean file = entry.type() == TarEntry.Type.FILE;
            byte[] content = file ? Files.readAllBytes(tree.root().resolve(entry.path())) : new byte[0];
            lines.add("%c %04o %d %d %d %d %s %s %s %s"
                    .formatted(
                            entry.type().flag(),
                            entry.mode(),
                            entry.owner(),
                            entry.group(),
                            entry.modified(),
                            content.length,
                            HexFormat.of().formatHex(entry.name()),
                            HexFormat.of().formatHex(entry.linkTarget().getBytes(StandardCharsets.UTF_8)),
                            HexFormat.of()
                                    .formatHex(entry.attributes().getOrDefault("security.capability", new byte[0])),
                            HexFormat.of().formatHex(Digests.sha256().digest(content))));
        }
        return lines;
    }
}
