package io.metalimages.rack;

import io.metalimages.build.Definition;
import io.metalimages.build.ImageBuilder;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the rack itself consists of: root file systems that are built from Dockerfiles of its own, by the same engine and
 * with the same cache as images. So the machine it runs on needs none of the programs in them.
 */
public final class RackImages {

    private final Path home;
    private final ImageBuilder builder;
    private final SnapshotStore snapshots;
    private final WorkDirectory work;

    /** @param home the checkout */
    public RackImages(Path home, ImageBuilder builder, SnapshotStore snapshots, WorkDirectory work) {
        this.home = home;
        this.builder = builder;
        this.snapshots = snapshots;
        this.work = work;
    }

    /** The hammer's kernel and initramfs, and what else runs in the machine: see {@code rack/hammer/Dockerfile}. */
    public SnapshotStore.View hammer(Progress progress) throws IOException, InterruptedException {
        return build("hammer", progress);
    }

    /** The root file system of the switches and of the services behind them: see {@code rack/fabric/Dockerfile}. */
    public SnapshotStore.View fabric(Progress progress) throws IOException, InterruptedException {
        return build("fabric", progress);
    }

    /** What measures a system by published rules: see {@code rack/baseline/Dockerfile}. */
    public SnapshotStore.View baseline(Progress progress) throws IOException, InterruptedException {
        return build("baseline", progress);
    }

    private SnapshotStore.View build(String name, Progress progress) throws IOException, InterruptedException {
        Path context = home.resolve("rack").resolve(name);
        Definition definition = new Definition(
                "rack/" + name,
                context.resolve("Dockerfile"),
                context,
                Map.of(),
                Map.of(),
                Optional.empty(),
                List.of());
        return snapshots.view(builder.build(definition, progress, FileSystemListener.NONE), work);
    }
}
