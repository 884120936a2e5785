package io.metalimages.store.channel;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.s3.BucketServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

/** Killed publishers, with a server that replaces each object at once. */
abstract class BucketKilledPublisherTest extends KilledPublisherTest {

    private final BucketServer server;

    BucketKilledPublisherTest(BucketServer.Kind kind, Path settings) throws Exception {
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
    List<String> secrets() {
        return server.secrets();
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
