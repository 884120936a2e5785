package io.metalimages.store.channel;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;

/** Releases in a directory. */
class DirectoryReleaserTest extends ReleaserTest {

    @Override
    public ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store"));
    }

    @Override
    int stride() {
        return 5;
    }
}
