package io.metalimages.engine.snapshot;

import io.metalimages.engine.work.StateDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;

class OverlaySnapshotStoreTest extends SnapshotStoreTest {

    @Override
    SnapshotStore open(StateDirectory stateDirectory) throws IOException {
        Host.assumeRoot("mount overlayfs");
        return new OverlaySnapshotStore(stateDirectory);
    }
}
