package io.metalimages.engine.snapshot;

import io.metalimages.engine.work.StateDirectory;
import java.io.IOException;

class PlainSnapshotStoreTest extends SnapshotStoreTest {

    @Override
    SnapshotStore open(StateDirectory stateDirectory) throws IOException {
        return new PlainSnapshotStore(stateDirectory);
    }
}
