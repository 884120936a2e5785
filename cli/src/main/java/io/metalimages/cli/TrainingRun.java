package io.metalimages.cli;

import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Interruption;
import io.metalimages.cli.output.ExitCode;
import io.metalimages.common.Digest;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.supplychain.CycloneDxDocument;
import io.metalimages.supplychain.DescribedImage;
import io.metalimages.supplychain.SpdxDocument;
import io.metalimages.supplychain.packages.Inventory;
import io.metalimages.supplychain.packages.SecurityUpdates;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Does a little of everything that the program does, while the JVM watches and writes what it learns to its
 * ahead-of-time cache (JEP 483, 515): which classes there are, and which methods are worth compiling at once. Started by
 * the launcher after a build of the program; needs no privilege and leaves nothing behind.
 */
final class TrainingRun {

    private static final int EXPORTS = 3;

    private TrainingRun() {}

    /** Trains with two arguments: a directory whose files serve as an image, and one to work in. */
    public static void main(String[] arguments) throws Exception {
        CommandContext context = context(Map.of(), Path.of(System.getProperty("metal-images.home", "")));
        for (String[] command : new String[][] {{"--help"}, {"build", "--help"}}) {
            int exitCode = Main.commandLine(context).execute(command);
            if (exitCode != ExitCode.DONE) {
                throw new IllegalStateException(String.join(" ", command) + " ended with exit code " + exitCode);
            }
        }
        // The definitions are the user's: if they are wrong or not there, that is no reason not to start.
        Main.commandLine(context).execute("list");
        Path directory = Files.createTempDirectory(Path.of(arguments[1]), "training-");
        export(Path.of(arguments[0]), directory);
        describe(Path.of("/"));
        if (Privilege.isRoot()) {
            build(directory);
        }
        WorkDirectory.deleteTree(directory);
        // As the program itself ends: leaving by exit loads classes too.
        System.exit(ExitCode.DONE);
    }

    /** The first export compresses, the others find everything in the cache, as builds mostly do. */
    private static void export(Path tree, Path directory) throws IOException, InterruptedException {
        ExportOptions options = new ExportOptions(
                ModificationTimes.notAfter(Instant.EPOCH), new BlockCache(directory.resolve("blocks")));
        for (int export = 0; export < EXPORTS; export++) {
            new ArtifactExporter(options).export(tree, directory.resolve("images"), ExportProgress.SILENT);
        }
    }

    /** What a build does around its steps: the first makes the artifact, the second finds it, the third has a change. */
    private static void build(Path directory) throws IOException {
        Path definition = Files.createDirectories(directory.resolve("os/training"));
        Files.writeString(definition.resolve("Dockerfile"), """
                FROM scratch AS files
                COPY --chown=0:0 context /
                FROM files
                COPY --from=files /file /copy
                """);
        Files.writeString(definition.resolve("docker-make.yaml"), """
                version: '1'
                name: training
                builds:
                  - name: '1'
                """);
        Path file = Files.createDirectories(definition.resolve("context")).resolve("file");
        Map<String, String> environment =
                Map.of("METAL_IMAGES_STATE", directory.resolve("state").toString(), "PATH", System.getenv("PATH"));
        Path images = directory.resolve("built");
        for (String content : List.of("first", "first", "second")) {
            Files.writeString(file, content);
            CommandContext context = context(environment, directory);
            Main.commandLine(context).execute("build", "training", "--no-check", "--output", images.toString());
            context.interruption().workEnded();
        }
    }

    private static CommandContext context(Map<String, String> environment, Path home) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new CommandContext(environment, nowhere, nowhere, home, new Interruption());
    }

    /** The packages of this machine will do, if it has any. */
    private static void describe(Path root) throws IOException {
        DescribedImage image = new DescribedImage("training/1", Digest.of(""), Instant.EPOCH, "1");
        Inventory inventory = Inventory.read(root);
        CycloneDxDocument.of(image, inventory);
        SpdxDocument.of(image, inventory);
        SecurityUpdates.read(root, Instant.now()).toJson();
    }
}
