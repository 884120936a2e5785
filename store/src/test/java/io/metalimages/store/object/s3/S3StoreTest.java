package io.metalimages.store.object.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.store.object.Capabilities;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.FaultyNetwork;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectStoreTest;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.object.WebHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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

    private final AtomicInteger stores = new AtomicInteger();
    private final S3Server server;
    private final FaultyNetwork network;

    S3StoreTest(@TempDir Path directory) throws Exception {
        server = S3Server.start(directory);
        network = new FaultyNetwork(server.port(), request -> FaultyNetwork.Fault.NONE);
    }

    @AfterAll
    void stop() throws IOException {
        network.close();
        server.close();
    }

    @Override
    public ObjectStore openEmpty() {
        return server.open("suite/" + stores.incrementAndGet(), network.port());
    }

    @Override
    public int longListing() {
        return 1_010;
    }

    @Override
    public int largeBytes() {
        return 2 * BucketServer.PART_BYTES + 1_000_000;
    }

    /** S3 does, but S3Proxy compares UTF-16. */
    @Override
    public boolean comparesAllCharactersByTheirBytes() {
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
        byte[] large = new byte[2 * BucketServer.PART_BYTES];
        ObjectKey page = new ObjectKey("index.html");
        ObjectKey content =
                new ObjectKey("metal-os/objects/sha256/" + Digest.of(large).hex());
        ObjectKey copy = new ObjectKey("metal-os/stable/index.json");
        try (ObjectStore store = server.open(prefix, network.port());
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

    /** What a killed publisher sent of a large content is not sent again. */
    @Test
    void uploadsAreGoneOnWith() throws Exception {
        byte[] large = new byte[largeBytes()];
        new Random(4).nextBytes(large);
        Content content = Content.of(large);
        String prefix = "resumed/" + stores.incrementAndGet();
        ConcurrentLinkedQueue<String> parts = new ConcurrentLinkedQueue<>();
        AtomicInteger completions = new AtomicInteger();
        try (FaultyNetwork failing = new FaultyNetwork(server.port(), request -> {
            if (request.startsWith("PUT ") && request.contains("partNumber=")) {
                parts.add(request);
            }
            return request.startsWith("POST ") && request.contains("uploadId=") && completions.getAndIncrement() == 0
                    ? FaultyNetwork.Fault.RESET
                    : FaultyNetwork.Fault.NONE;
        })) {
            try (ObjectStore killed = server.open(prefix, failing.port())) {
                assertThatThrownBy(() -> killed.writeIfAbsent(key("large"), content))
                        .isInstanceOf(StoreException.Unavailable.class);
            }
            try (ObjectStore next = server.open(prefix, failing.port())) {
                next.writeIfAbsent(key("large"), content);
                assertThat(next.holds(key("large"), content)).isTrue();
            }
        }
        assertThat(parts).hasSize(3);
    }

    /** As Amazon demands from 5 GiB on. */
    @Test
    void whatIsTooLargeToBeCopiedAtOnceIsCopiedInParts() throws Exception {
        byte[] large = new byte[largeBytes()];
        new Random(6).nextBytes(large);
        assertThat((long) large.length).isGreaterThan(BucketServer.MOST_COPIED);
        ConcurrentLinkedQueue<String> writes = new ConcurrentLinkedQueue<>();
        try (FaultyNetwork watching = new FaultyNetwork(server.port(), request -> {
                    if (!request.startsWith("GET ") && !request.startsWith("HEAD ")) {
                        writes.add(request);
                    }
                    return FaultyNetwork.Fault.NONE;
                });
                ObjectStore bucket = server.open("copied/" + stores.incrementAndGet(), watching.port())) {
            bucket.writeIfAbsent(key("large"), Content.of(large));
            SequencedMap<String, ObjectKey> sources = new LinkedHashMap<>();
            sources.put("copy", key("large"));
            writes.clear();
            assertThat(bucket.project(key("directory"), sources)).isTrue();
            assertThat(writes)
                    .hasSize(4)
                    .filteredOn(write -> write.contains("partNumber="))
                    .hasSize(2);
            assertThat(bucket.holds(key("directory/copy"), Content.of(large))).isTrue();
            // Its metadata tell what it is a copy of.
            assertThat(bucket.project(key("directory"), sources)).isFalse();
        }
    }

    /** As a release does with each of its contents. */
    @Test
    void whatWasSentInPartsIsComparedWithoutBeingRead() throws Exception {
        byte[] bytes = new byte[BucketServer.PART_BYTES * 2 + 17];
        new Random(3).nextBytes(bytes);
        Content content = Content.of(bytes);
        ObjectKey key =
                new ObjectKey("objects/" + content.fingerprint().sha256().hex());
        AtomicInteger reads = new AtomicInteger();
        try (FaultyNetwork watching = new FaultyNetwork(server.port(), request -> {
                    if (request.startsWith("GET ") && request.contains("objects/")) {
                        reads.incrementAndGet();
                    }
                    return FaultyNetwork.Fault.NONE;
                });
                ObjectStore store = server.open("attested", watching.port())) {
            store.writeIfAbsent(key, content);
            reads.set(0);
            assertThat(store.holds(key, content.fingerprint())).isTrue();
            assertThat(reads).hasValue(0);
            byte[] other = bytes.clone();
            other[7] ^= 1;
            store.replace(key, store.find(key).orElseThrow().version(), Content.of(other));
            assertThat(store.holds(key, content.fingerprint())).isFalse();
        }
    }

    /** At the first request: nobody waits for a wrong secret to become right. */
    @Test
    void wrongCredentialsAreNamedAtOnce() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        System.setProperty("aws.secretAccessKey", "another-secret");
        try (FaultyNetwork counting = new FaultyNetwork(server.port(), request -> {
                    requests.incrementAndGet();
                    return FaultyNetwork.Fault.NONE;
                });
                RetryingStore retrying = new RetryingStore(
                        server.open("credentials", counting.port()), Duration.ofMillis(1), note -> {})) {
            assertThatThrownBy(retrying::capabilities).isInstanceOfSatisfying(StoreException.Refused.class, refused -> {
                assertThat(refused).hasMessageContaining("403 SignatureDoesNotMatch");
                assertThat(refused.remedy()).get().asString().contains("AWS_SECRET_ACCESS_KEY");
                assertThat(refused.toString()).doesNotContain("another-secret");
            });
        } finally {
            System.setProperty("aws.secretAccessKey", S3Server.SECRET_KEY);
        }
        assertThat(requests).hasValue(1);
    }

    /** Between the writing and the comparison another publisher replaces the object: what it wrote stays. */
    @Test
    void whatAnotherWriterPutInThePlaceOfAnObjectIsNotDeleted() throws Exception {
        String prefix = "replaced/" + stores.incrementAndGet();
        AtomicInteger writes = new AtomicInteger();
        AtomicInteger replacements = new AtomicInteger();
        try (ObjectStore other = server.open(prefix, network.port());
                FaultyNetwork slow = new FaultyNetwork(server.port(), request -> {
                    if (request.startsWith("PUT ") && request.contains("/index")) {
                        writes.incrementAndGet();
                    } else if (request.startsWith("HEAD ")
                            && writes.get() == 1
                            && replacements.getAndIncrement() == 0) {
                        try {
                            other.replace(
                                    key("index"),
                                    other.find(key("index")).orElseThrow().version(),
                                    text("theirs"));
                        } catch (StoreException e) {
                            throw new AssertionError(e);
                        }
                    }
                    return FaultyNetwork.Fault.NONE;
                });
                ObjectStore store = server.open(prefix, slow.port())) {
            store.capabilities();
            assertThatThrownBy(() -> store.writeIfAbsent(key("index"), text("ours")))
                    .isInstanceOf(StoreException.ObjectExists.class);
            assertThat(replacements).hasPositiveValue();
            assertThat(other.holds(key("index"), text("theirs"))).isTrue();
        }
    }

    /** S3Proxy says of a damaged request that its signature is wrong. */
    @Test
    void aRequestThatWasDamagedIsSentAgain() throws Exception {
        AtomicInteger writes = new AtomicInteger();
        try (FaultyNetwork damaging = new FaultyNetwork(
                        server.port(),
                        request -> request.startsWith("PUT ") && writes.incrementAndGet() == 4
                                ? FaultyNetwork.Fault.DAMAGED
                                : FaultyNetwork.Fault.NONE);
                RetryingStore retrying = new RetryingStore(
                        server.open("damaged/" + stores.incrementAndGet(), damaging.port()),
                        Duration.ofMillis(1),
                        note -> {})) {
            retrying.capabilities();
            retrying.writeIfAbsent(key("key"), text("content"));
            assertThat(damaging.faults()).isEqualTo(1);
            assertThat(retrying.holds(key("key"), text("content"))).isTrue();
        }
    }
}
