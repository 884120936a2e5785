package io.metalimages.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The suite of all stores, against S3Proxy, and what is so in a bucket only. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class S3StoreTest extends ObjectStoreTest {

    private static final int PART_BYTES = 5 << 20;

    private final AtomicInteger stores = new AtomicInteger();
    private final S3Server server;
    private final FaultyNetwork network;

    S3StoreTest(@TempDir Path directory) throws Exception {
        System.setProperty("aws.accessKeyId", S3Server.ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", S3Server.SECRET_KEY);
        server = S3Server.start(directory);
        network = new FaultyNetwork(server.port(), request -> FaultyNetwork.Fault.NONE);
    }

    @AfterAll
    void stop() throws IOException {
        network.close();
        server.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @Override
    ObjectStore openEmpty() {
        return S3Location.open(S3Server.store("suite/" + stores.incrementAndGet(), network.port()), PART_BYTES);
    }

    @Override
    int longListing() {
        return 1_100;
    }

    @Override
    int largeBytes() {
        return 2 * PART_BYTES + 1_000_000;
    }

    /** S3 does, but S3Proxy compares UTF-16. */
    @Override
    boolean comparesAllCharactersByTheirBytes() {
        return false;
    }

    @Test
    void conditionsAreFoundToBeHeeded() throws Exception {
        assertThat(store().capabilities()).isEqualTo(new Capabilities(true, false));
    }
}
