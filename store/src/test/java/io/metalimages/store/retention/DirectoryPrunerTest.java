package io.metalimages.store.retention;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.util.concurrent.atomic.AtomicInteger;

/** Prunes a directory. */
class DirectoryPrunerTest extends PrunerTest {

    private final AtomicInteger stores = new AtomicInteger();

    @Override
    public ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store" + stores.incrementAndGet()));
    }

    @Override
    int stride() {
        return 5;
    }
}
