package io.metalimages.store.object.s3;

import io.metalimages.store.object.FaultyNetworkTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Networks that fail, on the way to S3Proxy. */
final class S3FaultyNetworkTest extends FaultyNetworkTest {

    S3FaultyNetworkTest(@TempDir Path directory) throws Exception {
        super(BucketServer.Kind.S3_PROXY, directory);
    }
}
