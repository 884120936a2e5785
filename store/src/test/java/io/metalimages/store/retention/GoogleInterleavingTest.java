package io.metalimages.store.retention;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.s3.BucketServer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Two at the same time in a bucket of Google's kind, at every moment. */
@Tag("slow")
final class GoogleInterleavingTest extends InterleavingTest {

    private static final AtomicInteger STORES = new AtomicInteger();
    private static BucketServer server;

    @BeforeAll
    static void start(@TempDir Path settings) throws Exception {
        server = BucketServer.Kind.GOOGLE.start(settings);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    public ObjectStore openEmpty() throws Exception {
        return server.open("store/" + STORES.incrementAndGet(), server.port());
    }

    @Override
    int stride(Operation stopped) {
        return 1;
    }
}
