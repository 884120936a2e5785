package io.metalimages.engine.snapshot;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.engine.work.StateDirectory;
import java.io.IOException;

class OverlaySnapshotStoreTest extends SnapshotStoreTest {

    @Override
    SnapshotStore open(StateDirectory stateDirectory) throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount an overlay");
        return new OverlaySnapshotStore(stateDirectory);
    }
}
