package io.metalimages.engine.snapshot;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.Mounts;
import io.metalimages.common.linux.OverlayFormat;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * SnapshotStore as stacks of overlayfs layers: preparing one costs a mount, and committing it a rename, however large the file
 * system is. Needs the right to mount.
 */
public final class OverlaySnapshotStore extends SnapshotStore {

    /** {@code OVL_MAX_STACK} of the kernel. */
    static final int MOST_LAYERS = 500;

    public OverlaySnapshotStore(StateDirectory state) throws IOException {
        super(state);
    }

    /** Whether this process may mount overlays there, and the file system takes them. */
    static boolean isMountable(WorkDirectory work) throws IOException {
        Path place = work.newDirectory("overlay");
        Path root = Files.createDirectory(place.resolve("root"));
        try {
            Mounts.overlay(
                    List.of(Files.createDirectory(place.resolve("lower"))),
                    Files.createDirectory(place.resolve("upper")),
                    Files.createDirectory(place.resolve("work")),
                    root);
        } catch (FileSystemException refused) {
            return false;
        }
        Mounts.unmount(root);
        return true;
    }

    @Override
    public int mostLayers() {
        return MOST_LAYERS;
    }

    @Override
    public Prepared prepare(Snapshot parent, WorkDirectory work) throws IOException {
        if (parent.layers().size() >= MOST_LAYERS) {
            throw FaultException.wrongInput("overlayfs stacks at most " + MOST_LAYERS + " layers.", null);
        }
        Path place = work.newDirectory("change");
        Path upper = Files.createDirectory(place.resolve("upper"));
        if (parent.layers().isEmpty()) {
            return new Prepared(upper, upper, Closing.NOTHING);
        }
        Path root = Files.createDirectory(place.resolve("root"));
        Mounts.overlay(parent.layers(), upper, Files.createDirectory(place.resolve("work")), root);
        return new Prepared(root, upper, () -> Mounts.unmount(root));
    }

    @Override
    public OverlayFormat layerFormat() {
        return OverlayFormat.ofMounts();
    }

    @Override
    public Snapshot commitLayer(Origin origin, Snapshot parent, Path layer, Instant begun, WorkDirectory work)
            throws IOException {
        return commit(origin, parent, layer, begun, work);
    }

    @Override
    public View view(Snapshot snapshot, WorkDirectory work) throws IOException {
        if (snapshot.layers().size() == 1) {
            return new View(snapshot.layers().getFirst(), Closing.NOTHING);
        }
        Path target = work.newDirectory("view");
        if (snapshot.layers().isEmpty()) {
            return new View(target, Closing.NOTHING);
        }
        Mounts.overlayReadOnly(snapshot.layers(), target);
        return new View(target, () -> Mounts.unmount(target));
    }

    @Override
    Snapshot shown(Snapshot stacked) {
        return stacked;
    }
}
