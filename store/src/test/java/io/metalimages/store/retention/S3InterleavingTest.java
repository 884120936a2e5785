package io.metalimages.store.retention;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.s3.LocalBucket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Two at the same time in a bucket, at every moment. */
@Tag("slow")
final class S3InterleavingTest extends InterleavingTest {

    private static LocalBucket bucket;

    @BeforeAll
    static void start(@TempDir Path settings) throws Exception {
        bucket = new LocalBucket(settings);
    }

    @AfterAll
    static void stop() throws Exception {
        bucket.close();
    }

    @Override
    public ObjectStore openEmpty() {
        return bucket.openEmpty();
    }

    @Override
    int stride(Operation stopped) {
        return 1;
    }
}
