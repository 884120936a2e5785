package io.metalimages.build.differential;

import io.metalimages.build.BuildOptions;
import io.metalimages.build.BuiltImage;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Builds cases by this program. Thread-safe. */
final class Engine implements AutoCloseable {

    /** What stands in place of a listing if the build fails. */
    static final String FAILED = "FAILED";

    private final StateDirectory state;
    private final WorkDirectory work;
    private final SnapshotStore snapshots;
    private final Definitions definitions;
    private final Path base;
    private final SortedMap<String, String> baseTree;

    Engine(Path directory) throws IOException, InterruptedException {
        base = directory.resolve("base");
        Base.write(base);
        baseTree = Listing.tree(base);
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
        definitions = Definitions.in(Files.createDirectories(directory.resolve("os")), Map.of());
    }

    Path base() {
        return base;
    }

    SortedMap<String, String> baseTree() {
        return baseTree;
    }

    /** What comes of the case in this context, or {@link #FAILED} and why. */
    List<String> build(Case wanted, Path context) throws IOException, InterruptedException {
        Map<String, String> contexts = new HashMap<>();
        wanted.directories(context, base).forEach((name, path) -> contexts.put(name, path.toString()));
        Definition definition = new Definition(
                "case/1",
                context.resolve(Case.DOCKERFILE),
                context,
                wanted.arguments(),
                contexts,
                wanted.target(),
                List.of());
        BuildOptions options = new BuildOptions(false, false, false, Network.NONE, StepLimits.USUAL);
        ImageBuilder builder = new ImageBuilder(definitions, state, work, snapshots, options, Map.of());
        try {
            BuiltImage built =
                    builder.build(builder.plan(definition, Progress.SILENT), Progress.SILENT, FileSystemListener.NONE);
            try (SnapshotStore.View view = snapshots.view(built.root(), work)) {
                return Listing.of(view.root(), built.plan().configuration(), baseTree);
            }
        } catch (FaultException | DockerfileException fault) {
            return List.of(FAILED, fault.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        work.close();
    }
}
