package io.metalimages.engine.snapshot;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.OverlayFormat;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * SnapshotStore as whole directories, each a copy of its parent with the changes in it: where overlayfs can't be mounted.
 * Preparing one costs a copy of the file system, which shares its blocks where the disk's file system offers that.
 */
public final class PlainSnapshotStore extends SnapshotStore {

    public PlainSnapshotStore(StateDirectory state) throws IOException {
        super(state);
    }

    @Override
    public int mostLayers() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Prepared prepare(Snapshot parent, WorkDirectory work) throws IOException, InterruptedException {
        Path root = Files.createDirectory(work.newDirectory("change").resolve("root"));
        if (!parent.layers().isEmpty()) {
            copy(parent.layers().getLast(), root, work);
        }
        return new Prepared(root, root, Closing.NOTHING);
    }

    private static void copy(Path from, Path to, WorkDirectory work) throws IOException, InterruptedException {
        StringBuilder said = new StringBuilder();
        int status = work.launcher()
                .run(
                        List.of(
                                "cp",
                                "--archive",
                                "--reflink=auto",
                                "--no-target-directory",
                                "--",
                                from.toString(),
                                to.toString()),
                        Map.of("LC_ALL", "C.UTF-8"),
                        line -> said.append(line).append('\n'));
        if (status != 0) {
            throw FaultException.failed(
                    "The snapshot " + from + " could not be copied.",
                    new IOException(said.toString().strip()));
        }
    }

    @Override
    public OverlayFormat layerFormat() {
        return OverlayFormat.USER;
    }

    @Override
    public Snapshot commitLayer(Origin origin, Snapshot parent, Path layer, Instant begun, WorkDirectory work)
            throws IOException, InterruptedException {
        Prepared prepared = prepare(parent, work);
        try (prepared) {
            new LayerMerge(layerFormat()).merge(layer, prepared.root());
        }
        return commit(origin, parent, prepared.changes(), begun, work);
    }

    @Override
    public View view(Snapshot snapshot, WorkDirectory work) throws IOException {
        return new View(
                snapshot.layers().isEmpty()
                        ? work.newDirectory("view")
                        : snapshot.layers().getLast(),
                Closing.NOTHING);
    }

    /** The layers below are in the last one already. */
    @Override
    Snapshot shown(Snapshot stacked) {
        return new Snapshot(stacked.id(), List.of(stacked.layers().getLast()), stacked.begun());
    }
}
