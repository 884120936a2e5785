package io.metalimages.store.retention;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.util.concurrent.atomic.AtomicInteger;

/** Two at the same time in a directory. */
class DirectoryInterleavingTest extends InterleavingTest {

    private final AtomicInteger stores = new AtomicInteger();

    @Override
    public ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store" + stores.incrementAndGet()));
    }

    @Override
    int stride(Operation stopped) {
        return stopped == Operation.RESTORE ? 1 : 19;
    }
}
