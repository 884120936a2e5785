package io.metalimages.store;

/** Releases in a directory. */
class DirectoryReleaserTest extends ReleaserTest {

    @Override
    ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store"));
    }

    @Override
    int stride() {
        return 5;
    }
}
