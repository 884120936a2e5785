package io.metalimages.store.object.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Capabilities;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.FaultyNetwork;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectReader;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectStoreTest;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.object.WebHeaders;
import io.metalimages.store.object.s3.BucketServer;
import io.metalimages.testing.ScriptedWebServer;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The suite of all stores, against a server of our own that follows Google's documents, and what is so there only. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GoogleStoreTest extends ObjectStoreTest {

    private final AtomicInteger stores = new AtomicInteger();
    private final GoogleServer server;

    GoogleStoreTest(@TempDir Path directory) throws Exception {
        server = GoogleServer.start(directory);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private GoogleStore open(String bucket, String prefix) throws Exception {
        return GoogleLocation.open(
                GoogleServer.store(bucket, prefix, server.port()), server.environment(), BucketServer.PART_BYTES);
    }

    @Override
    public ObjectStore openEmpty() throws Exception {
        return open(GoogleServer.BUCKET, "suite/" + stores.incrementAndGet());
    }

    @Override
    public int longListing() {
        return 1_010;
    }

    @Override
    public int largeBytes() {
        return 2 * BucketServer.PART_BYTES + 1_000_000;
    }

    private static long count(Collection<String> requests, String pattern) {
        return requests.stream().filter(request -> request.matches(pattern)).count();
    }

    /** What the server has of a large content is not sent again: it is asked, and the same upload goes on. */
    @Test
    void anUploadThatWasInterruptedGoesOn() throws Exception {
        byte[] large = new byte[largeBytes()];
        new Random(4).nextBytes(large);
        ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
        AtomicInteger parts = new AtomicInteger();
        try (FaultyNetwork network = new FaultyNetwork(server.port(), request -> {
                    requests.add(request);
                    boolean isPart = request.startsWith("PUT ");
                    return isPart && parts.incrementAndGet() == 3
                            ? FaultyNetwork.Fault.RESET
                            : isPart && parts.get() == 6 ? FaultyNetwork.Fault.LOST_ANSWER : FaultyNetwork.Fault.NONE;
                });
                RetryingStore retrying = new RetryingStore(
                        server.open("resumed/" + stores.incrementAndGet(), network.port()),
                        Duration.ofMillis(1),
                        note -> {})) {
            retrying.writeIfAbsent(key("large"), Content.of(large));
            assertThat(retrying.holds(key("large"), Content.of(large))).isTrue();
        }
        assertThat(count(requests, "POST /upload/.*")).isEqualTo(1);
        // Of each of the two whole parts the server takes 4 MiB, and then the rest; twice it is asked what it has.
        assertThat(count(requests, "PUT /upload/.*")).isEqualTo(5 + 2 + 1);
    }

    /** Also when sent in parts, and when copied under another name. */
    @Test
    void objectsCarryWhatABrowserNeeds() throws Exception {
        String prefix = "browser/" + stores.incrementAndGet();
        byte[] large = new byte[largeBytes()];
        ObjectKey page = key("index.html");
        ObjectKey content = key("metal-os/objects/sha256/" + Digest.of(large).hex());
        ObjectKey copy = key("metal-os/stable/index.json");
        try (GoogleStore store = open("public", prefix);
                HttpClient client = HttpClient.newHttpClient()) {
            store.writeIfAbsent(page, text("<p>"));
            store.writeIfAbsent(content, Content.of(large));
            store.copy(page, copy);
            for (ObjectKey key : List.of(page, content, copy)) {
                String name = URLEncoder.encode(prefix + "/" + key, StandardCharsets.UTF_8);
                String json = client.send(
                                HttpRequest.newBuilder(URI.create(
                                                "http://127.0.0.1:" + server.port() + "/storage/v1/b/public/o/" + name))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
                JsonNode object = JsonMapper.shared().readTree(json);
                assertThat(new WebHeaders(
                                object.path("contentType").asString(""),
                                object.path("cacheControl").asString("")))
                        .isEqualTo(WebHeaders.of(key));
            }
        }
    }

    @Test
    void conditionsAreHeeded() throws Exception {
        assertThat(store().capabilities()).isEqualTo(new Capabilities(true, false));
    }

    @Test
    void aBucketThatIsNotThereIsNamed() throws Exception {
        try (GoogleStore store = open("nothing", "prefix")) {
            assertThatThrownBy(() -> store.find(key("key")))
                    .isInstanceOfSatisfying(
                            StoreException.Refused.class,
                            refused -> assertThat(refused.remedy()).isPresent())
                    .hasMessageContaining("bucket does not exist");
            assertThatThrownBy(() -> store.writeIfAbsent(key("key"), text("content")))
                    .isInstanceOf(StoreException.Refused.class);
            assertThatThrownBy(() -> store.list("")).isInstanceOf(StoreException.Refused.class);
        }
    }

    @Test
    void aServerThatFallsSilentIsUnavailable() throws Exception {
        try (ScriptedWebServer silent = new ScriptedWebServer((number, head, output) -> {
                    if (head.startsWith("GET ")) {
                        ScriptedWebServer.writeHead(
                                output, "HTTP/1.1 200 OK\nx-goog-generation: 1\nContent-Length: 1000\n");
                        output.write("beginning".getBytes(StandardCharsets.UTF_8));
                        output.flush();
                    }
                    // Kept open until the client gives up.
                    Thread.sleep(Duration.ofDays(1));
                });
                GoogleStore store = GoogleLocation.open(
                        URI.create("gs://public/silent?credentials=none&endpoint=" + silent.address("")),
                        Map.of(),
                        BucketServer.PART_BYTES,
                        Duration.ofMillis(300))) {
            String silence = "127.0.0.1:" + silent.port() + " was silent for 0.3 s";
            assertThatThrownBy(() -> store.delete(key("key")))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining(silence);
            assertThatThrownBy(() -> store.find(key("key")))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining(silence);
            try (ObjectReader reader = store.read(key("key"), ByteRange.ALL)) {
                assertThatThrownBy(() -> reader.content().readAllBytes()).hasMessageContaining(silence);
            }
        }
    }

    @Test
    void aPublicBucketNeedsNoCredentials() throws Exception {
        String url = GoogleServer.store("public", "anonymous", server.port()) + "&credentials=none";
        try (GoogleStore store = GoogleLocation.open(URI.create(url), Map.of(), BucketServer.PART_BYTES)) {
            store.writeIfAbsent(key("key"), text("content"));
            assertThat(store.holds(key("key"), text("content"))).isTrue();
        }
    }

    @Test
    void theVariableOfGooglesLibrariesNamesTheServer() throws Exception {
        for (String host : new String[] {"127.0.0.1:" + server.port(), "http://127.0.0.1:" + server.port()}) {
            try (GoogleStore store = GoogleLocation.open(
                    URI.create("gs://public/" + host.length()),
                    Map.of("STORAGE_EMULATOR_HOST", host),
                    BucketServer.PART_BYTES)) {
                store.writeIfAbsent(key("key"), text("content"));
                assertThat(store.find(key("key"))).isPresent();
                assertThat(store.address()).contains("127.0.0.1:" + server.port());
            }
        }
    }
}
