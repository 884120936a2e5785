package io.metalimages.store.object.gcs;

import io.metalimages.store.object.FaultyNetworkTest;
import io.metalimages.store.object.s3.BucketServer;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Networks that fail, on the way to a server that follows Google's documents. */
final class GoogleFaultyNetworkTest extends FaultyNetworkTest {

    GoogleFaultyNetworkTest(@TempDir Path directory) throws Exception {
        super(BucketServer.Kind.GOOGLE, directory);
    }
}
