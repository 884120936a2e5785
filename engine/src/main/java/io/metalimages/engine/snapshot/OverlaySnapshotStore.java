package io.metalimages.engine.snapshot;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * SnapshotStore as stacks of overlayfs layers: preparing one costs a mount, and committing it a rename, however large the file
 * system is. Needs the right to mount.
 */
public final class OverlaySnapshotStore implements SnapshotStore {

    /** {@code OVL_MAX_STACK} of the kernel. */
    static final int MOST_LAYERS = 500;

    private final SnapshotRecords records;

    public OverlaySnapshotStore(StateDirectory state) throws IOException {
        this.records = new SnapshotRecords(state);
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
    public Optional<Snapshot> find(Digest key) throws IOException {
        return records.find(key);
    }

    @Override
    public Snapshot commit(Digest key, Snapshot parent, Path changes, Instant begun, String name, WorkDirectory work)
            throws IOException {
        return records.commit(key, parent, changes, begun, name, work);
    }

    @Override
    public void commitFailed(Digest key, Snapshot parent, Path changes, Instant begun, String name, WorkDirectory work)
            throws IOException {
        records.commitFailed(key, parent, changes, begun, name, work);
    }

    @Override
    public Optional<Snapshot> findFailed(String prefix) throws IOException {
        return records.findFailed(prefix);
    }

    @Override
    public void remove(String id, WorkDirectory work) throws IOException {
        records.remove(id, work);
    }

    @Override
    public void walk(Consumer<Entry> visitor) throws IOException {
        records.walk(visitor);
    }

    @Override
    public long usage(String id) throws IOException {
        return records.usage(id);
    }

    @Override
    public void synchronise() throws IOException {
        records.synchronise();
    }
}
