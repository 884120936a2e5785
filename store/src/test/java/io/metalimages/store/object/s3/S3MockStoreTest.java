package io.metalimages.store.object.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.store.object.Capabilities;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectStoreTest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The suite of all stores, against Adobe's S3Mock, which has nothing in common with S3Proxy. Of the protocol it knows enough;
 * what several do at once it cannot bear, and that is left out here.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class S3MockStoreTest extends ObjectStoreTest {

    private final AtomicInteger stores = new AtomicInteger();
    private final BucketServer server;

    S3MockStoreTest(@TempDir Path directory) throws Exception {
        server = S3MockServer.start(directory);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Override
    public ObjectStore openEmpty() throws Exception {
        return server.open("suite/" + stores.incrementAndGet(), server.port());
    }

    @Override
    public int longListing() {
        return 1_010;
    }

    @Override
    public int largeBytes() {
        return 2 * BucketServer.PART_BYTES + 1_000_000;
    }

    /** S3 does, but S3Mock compares UTF-16. */
    @Override
    public boolean comparesAllCharactersByTheirBytes() {
        return false;
    }

    @Override
    public Optional<String> whyNothingIsAtomic() {
        return Optional.of(
                "S3Mock looks at conditions and writes in two steps, and cuts files off while they are read");
    }

    @Test
    void conditionsAreFoundToBeHeeded() throws Exception {
        assertThat(store().capabilities()).isEqualTo(new Capabilities(true, false));
    }
}
