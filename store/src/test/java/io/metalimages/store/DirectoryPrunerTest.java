package io.metalimages.store;

import java.util.concurrent.atomic.AtomicInteger;

/** Prunes a directory. */
class DirectoryPrunerTest extends PrunerTest {

    private final AtomicInteger stores = new AtomicInteger();

    @Override
    ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store" + stores.incrementAndGet()));
    }

    @Override
    int stride() {
        return 5;
    }
}
