package io.metalimages.store.channel;

import io.metalimages.store.object.s3.BucketServer;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Killed publishers, in a bucket of S3Proxy. */
final class S3KilledPublisherTest extends BucketKilledPublisherTest {

    S3KilledPublisherTest(@TempDir Path settings) throws Exception {
        super(BucketServer.Kind.S3_PROXY, settings);
    }
}
