package io.metalimages.store;

/** Releases in a directory. */
final class DirectoryReleaserTest extends ReleaserTest {

    @Override
    ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store"));
    }

    @Override
    int stride() {
        return 1;
    }
}
