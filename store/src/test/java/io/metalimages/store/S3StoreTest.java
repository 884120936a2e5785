package io.metalimages.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.engine.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

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

    /** Also when sent in parts, and when copied under another name. */
    @Test
    void objectsCarryWhatABrowserNeeds() throws Exception {
        String prefix = "suite/" + stores.incrementAndGet();
        byte[] large = new byte[2 * PART_BYTES];
        ObjectKey page = new ObjectKey("index.html");
        ObjectKey content =
                new ObjectKey("metal-os/objects/sha256/" + Digest.of(large).hex());
        ObjectKey copy = new ObjectKey("metal-os/stable/index.json");
        try (ObjectStore store = S3Location.open(S3Server.store(prefix, network.port()), PART_BYTES);
                S3Client client = server.client()) {
            store.writeIfAbsent(page, Content.of("<p>".getBytes(StandardCharsets.UTF_8)));
            store.writeIfAbsent(content, Content.of(large));
            store.copy(page, copy);
            for (ObjectKey key : List.of(page, content, copy)) {
                HeadObjectResponse head = client.headObject(
                        request -> request.bucket(S3Server.BUCKET).key(prefix + "/" + key));
                assertThat(new WebHeaders(head.contentType().replace(";charset", "; charset"), head.cacheControl()))
                        .isEqualTo(WebHeaders.of(key));
            }
        }
    }
}
