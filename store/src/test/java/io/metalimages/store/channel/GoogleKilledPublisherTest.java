package io.metalimages.store.channel;

import io.metalimages.store.object.s3.BucketServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Killed publishers, in a bucket of a server that follows Google's documents. */
@Tag("slow")
final class GoogleKilledPublisherTest extends BucketKilledPublisherTest {

    GoogleKilledPublisherTest(@TempDir Path settings) throws Exception {
        super(BucketServer.Kind.GOOGLE, settings);
    }
}
