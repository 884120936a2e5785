package io.metalimages.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Killed publishers, with the servers that replace objects at once. */
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "S3_MOCK")
final class BucketKilledPublisherTest extends KilledPublisherTest {

    private final BucketServer server;

    BucketKilledPublisherTest(BucketServer.Kind kind, @TempDir Path settings) throws Exception {
        server = kind.start(settings);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Override
    String url() {
        return server.url("killed", server.port());
    }

    @Override
    Map<String, String> environment() throws Exception {
        return server.environment();
    }

    @Override
    ObjectStore open() throws Exception {
        return server.open("killed", server.port());
    }

    @Override
    Object switched(ObjectStore store) throws IOException {
        return store.find(TARBALL).orElseThrow().version();
    }
}
