package io.metalimages.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreChoiceTest {

    private static final Snapshot NOTHING = new Snapshot("", List.of(), Instant.EPOCH);

    @TempDir
    private Path directory;

    private final List<String> notes = new ArrayList<>();

    private Path made(String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    private Class<?> kindIn(StateDirectory state) throws Exception {
        notes.clear();
        try (WorkDirectory work = WorkDirectory.open(state, notes::add)) {
            return SnapshotStore.open(state, work, notes::add).getClass();
        }
    }

    private void commitTo(StateDirectory state) throws Exception {
        try (WorkDirectory work = WorkDirectory.open(state, notes::add)) {
            Path changes = Files.createDirectory(work.newDirectory("change").resolve("changes"));
            SnapshotStore.open(state, work, notes::add)
                    .commit(SnapshotStoreTest.origin("step"), NOTHING, changes, Instant.now(), work);
        }
    }

    @Test
    void layersOfOverlayfsAreTheUsual() throws Exception {
        Host.assumeRoot("mount overlayfs");
        assertThat(kindIn(new StateDirectory(made("state")))).isEqualTo(OverlaySnapshotStore.class);
        assertThat(notes).isEmpty();
    }

    /** The file system of a container, for instance. */
    @Test
    void whereNoOverlayCanBeMountedWholeDirectoriesAreKeptAndThatIsTold() throws Exception {
        Path root = made("root");
        boolean mounted = Host.isRoot();
        if (mounted) {
            Mounts.overlay(List.of(made("lower")), made("upper"), made("work"), root);
        }
        try {
            StateDirectory state = new StateDirectory(root.resolve("state"));
            assertThat(kindIn(state)).isEqualTo(PlainSnapshotStore.class);
            assertThat(notes)
                    .singleElement()
                    .asString()
                    .contains(state.root().toString(), "overlayfs", "METAL_IMAGES_STATE");
        } finally {
            if (mounted) {
                Mounts.unmount(root);
            }
        }
    }

    @Test
    void whatIsKeptDecidesUntilNothingIs() throws Exception {
        Host.assumeRoot("mount overlayfs");
        StateDirectory state = new StateDirectory(made("state"));
        commitTo(state);
        Path mark = Files.createFile(state.root().resolve("whole-snapshots"));
        assertThat(kindIn(state)).isEqualTo(PlainSnapshotStore.class);

        WorkDirectory.deleteTree(state.snapshots());
        assertThat(kindIn(state)).isEqualTo(OverlaySnapshotStore.class);
        assertThat(mark).doesNotExist();
    }
}
