package io.metalimages.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.Digest;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a loss of power leaves of the records is no result, and nothing fails because of it. */
class DamagedRecordsTest {

    private static final Digest LOWER = Digest.of("lower");
    private static final Digest UPPER = Digest.of("upper");

    @TempDir
    Path directory;

    @Test
    void aRecordThatIsCutAtAnyLengthIsAMiss() throws Exception {
        StateDirectory state = new StateDirectory(directory.resolve("state"));
        try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
            SnapshotStore snapshots = new OverlaySnapshotStore(state);
            Snapshot lower = keep(snapshots, LOWER, new Snapshot("", List.of(), Instant.MAX), work);
            Snapshot upper = keep(snapshots, UPPER, lower, work);

            for (Path record : List.of(
                    state.actions().resolve(UPPER.hex()),
                    state.snapshots().resolve(upper.id()).resolve("snapshot.json"),
                    state.snapshots().resolve(lower.id()).resolve("snapshot.json"))) {
                byte[] whole = Files.readAllBytes(record);
                for (int length = 0; length < whole.length; length++) {
                    Files.write(record, Arrays.copyOf(whole, length));
                    assertThat(snapshots.find(UPPER, work))
                            .as("%s cut at %d", record, length)
                            .isEmpty();
                }
                Files.delete(record);
                assertThat(snapshots.find(UPPER, work)).as("no " + record).isEmpty();
                Files.write(record, whole);
                assertThat(snapshots.find(UPPER, work)).contains(upper);
            }
        }
    }

    private static Snapshot keep(SnapshotStore snapshots, Digest key, Snapshot parent, WorkDirectory work)
            throws IOException {
        Path layer = Files.createDirectory(work.newDirectory("test").resolve("layer"));
        Origin origin = new Origin(key.hex(), "a step", "", "a step", new TreeMap<>());
        return snapshots.commit(origin, parent, layer, Instant.EPOCH, work);
    }

    @Test
    void aLayerThatIsGoneIsAMiss() throws Exception {
        StateDirectory state = new StateDirectory(directory.resolve("state"));
        try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
            SnapshotStore snapshots = new OverlaySnapshotStore(state);
            Snapshot lower = keep(snapshots, LOWER, new Snapshot("", List.of(), Instant.MAX), work);
            keep(snapshots, UPPER, lower, work);
            Files.delete(lower.layers().getFirst());
            assertThat(snapshots.find(UPPER, work)).isEmpty();
        }
    }
}
