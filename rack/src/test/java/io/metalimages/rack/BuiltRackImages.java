package io.metalimages.rack;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rack's root file systems, from the program's own state: they are built once, not for each test. */
public final class BuiltRackImages implements AutoCloseable {

    static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    public final WorkDirectory work;
    public final RackImages images;
    private final Definitions definitions;
    private final ImageBuilder builder;
    private final SnapshotStore snapshots;
    final StateDirectory state;

    private BuiltRackImages(
            WorkDirectory work,
            RackImages images,
            Definitions definitions,
            ImageBuilder builder,
            SnapshotStore snapshots,
            StateDirectory state) {
        this.work = work;
        this.images = images;
        this.definitions = definitions;
        this.builder = builder;
        this.snapshots = snapshots;
        this.state = state;
    }

    /** Skips the test for anybody else. */
    public static void requireRoot() {
        Host.assumeRoot("build root file systems in a test");
    }

    public static BuiltRackImages open() throws IOException, InterruptedException {
        return open(HOME.resolve("os"));
    }

    /** @param directory has the images that others may start from */
    static BuiltRackImages open(Path directory) throws IOException, InterruptedException {
        requireRoot();
        StateDirectory state = StateDirectory.fromEnvironment(System.getenv(), true);
        SnapshotStore snapshots = new OverlaySnapshotStore(state);
        WorkDirectory work = WorkDirectory.open(state, note -> {});
        Definitions definitions = Definitions.in(directory, System.getenv());
        ImageBuilder builder =
                new ImageBuilder(definitions, state, work, snapshots, BuildOptions.USUAL, System.getenv());
        return new BuiltRackImages(
                work, new RackImages(HOME, builder, snapshots, work), definitions, builder, snapshots, state);
    }

    public Path fabric() throws IOException, InterruptedException {
        return images.fabric(Progress.SILENT).root();
    }

    /** Builds the Dockerfile in {@code context}, and puts the artifact into {@code output}. */
    ArtifactLocation image(Path context, Path output) throws IOException, InterruptedException {
        return image(
                new Definition(
                        context.getFileName().toString(),
                        context.resolve("Dockerfile"),
                        context,
                        Map.of(),
                        Map.of(),
                        Optional.empty(),
                        List.of()),
                output);
    }

    /** Builds the image of that name, and puts the artifact into {@code output}. */
    ArtifactLocation image(String name, Path output) throws IOException, InterruptedException {
        return image(definitions.find(name), output);
    }

    private ArtifactLocation image(Definition definition, Path output) throws IOException, InterruptedException {
        ArtifactExporter exporter = new ArtifactExporter(
                new ExportOptions(ModificationTimes.notAfter(Instant.EPOCH), new BlockCache(state.blocks())));
        try (SnapshotStore.View view =
                snapshots.view(builder.build(definition, Progress.SILENT, FileSystemListener.NONE), work)) {
            exporter.export(view.root(), output, ExportProgress.SILENT);
        }
        return ArtifactLocation.in(output);
    }

    /** Unmounts and deletes everything that was made. */
    @Override
    public void close() throws IOException {
        work.close();
    }
}
