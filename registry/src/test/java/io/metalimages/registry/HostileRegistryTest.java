package io.metalimages.registry;

import static io.metalimages.registry.SmallRegistry.first;
import static io.metalimages.registry.SmallRegistry.send;
import static io.metalimages.registry.SmallRegistry.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import io.metalimages.http.RetryPolicy;
import io.metalimages.registry.image.ImageDescription;
import io.metalimages.registry.image.ImagePush;
import io.metalimages.registry.image.Layer;
import io.metalimages.registry.image.PushedImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a registry, or what stands between, may do wrong or with intent. */
final class HostileRegistryTest {

    private static final int CHUNK = 1000;
    private static final RegistryOptions OPTIONS = new RegistryOptions(
            false,
            new RetryPolicy(4, Duration.ofMillis(1), Duration.ofMillis(50), Duration.ofSeconds(30)),
            CHUNK,
            note -> {});

    private static final RegistryOptions PLAIN_HTTP =
            new RegistryOptions(true, OPTIONS.policy(), OPTIONS.chunkBytes(), OPTIONS.notes());

    private static final byte[] MANIFEST = Manifest.index(List.of()).bytes();

    @TempDir
    private Path directory;

    private SmallRegistry server;
    private Registry registry;
    private Repository repository;

    @BeforeEach
    void open() throws IOException {
        server = new SmallRegistry();
        registry = new Registry(server.name(), OPTIONS, new CredentialFiles(Map.of()));
        repository = registry.repository("tests/tiny");
    }

    @AfterEach
    void close() {
        registry.close();
        server.close();
    }

    private static FaultException faultOf(ThrowingCallable call) {
        return catchThrowableOfType(FaultException.class, call);
    }

    private FaultException remoteFaultOf(ThrowingCallable call) {
        FaultException fault = faultOf(call);
        assertThat(fault).isNotNull();
        assertThat(fault.category()).as(fault.getMessage()).isEqualTo(Category.REMOTE_FAULT);
        return fault;
    }

    private Path file(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(directory.resolve("blob"), bytes);
    }

    private static Descriptor descriptor(Path file) throws IOException {
        return new Descriptor(MediaTypes.ANY_BYTES, Digest.ofFile(file), Files.size(file));
    }

    private void uploadAndCompare(int size) throws Exception {
        Path file = file(size);
        Descriptor blob = descriptor(file);
        repository.blobs().upload(blob, file, TransferProgress.SILENT);
        assertThat(server.blob(blob.digest()))
                .hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(read(file)));
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // --- Faults that pass ---

    @Test
    void busyRegistryIsAskedAgainWhenItSaysSo() throws Exception {
        server.putManifest("x", MediaTypes.IMAGE_INDEX, MANIFEST);
        server.before(first(2, "GET", "/manifests/", status(429, "Retry-After", "0")));
        assertThat(repository.manifests().find("x")).isPresent();
        assertThat(server.asked("GET", "/manifests/")).hasSize(3);
    }

    @Test
    void waitingHasAnEndWhateverIsAskedFor() throws Exception {
        server.before(status(429, "Retry-After", "100000"));
        FaultException fault = remoteFaultOf(() -> repository.manifests().find("x"));
        assertThat(fault).hasMessageContaining("4 times").hasMessageContaining("429: STATUS_429, said the registry.");
        assertThat(fault.remedy()).contains("Try again later.");
        assertThat(server.asked()).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void transientAnswersAreTriedAgain(int status) throws Exception {
        server.before(first(3, "POST", "/uploads/", status(status, "X", "y")));
        uploadAndCompare(10);
        server.before(first(3, "PATCH", "/uploads/", status(status, "X", "y")));
        uploadAndCompare(5 * CHUNK);
        server.before(first(3, "PUT", "/uploads/", status(status, "X", "y")));
        uploadAndCompare(3 * CHUNK);
    }

    @Test
    void lastingAnswersAreNot() {
        server.before(status(501, "X", "y"));
        assertThat(remoteFaultOf(() -> repository.manifests().find("x"))).hasMessageContaining("501");
        assertThat(server.asked()).hasSize(1);
    }

    @Test
    void brokenConnectionsAreTriedAgain() throws Exception {
        server.putManifest("x", MediaTypes.IMAGE_INDEX, MANIFEST);
        server.before(first(2, "GET", "/manifests/", SmallRegistry::hangUp));
        assertThat(repository.manifests().find("x")).isPresent();
    }

    @Test
    void whatArrivedOfBrokenUploadIsNotSentAgain() throws Exception {
        AtomicInteger patches = new AtomicInteger();
        server.before(exchange -> {
            if (exchange.getRequestMethod().equals("PATCH") && patches.incrementAndGet() == 3) {
                byte[] sent = SmallRegistry.read(exchange);
                String path = exchange.getRequestURI().getPath();
                server.receive(path.substring(path.lastIndexOf('/') + 1), Arrays.copyOf(sent, 400));
                return SmallRegistry.hangUp(exchange);
            }
            return false;
        });
        uploadAndCompare(5 * CHUNK);
        assertThat(server.asked("POST", "/uploads/")).hasSize(1);
        assertThat(server.asked("GET", "/uploads/")).hasSize(1);
        assertThat(patches).hasValue(6);
    }

    @Test
    void uploadThatWasLostBeginsAnew() throws Exception {
        AtomicInteger patches = new AtomicInteger();
        server.before(exchange -> {
            boolean lost = exchange.getRequestURI().getPath().endsWith("/s1")
                    && (!exchange.getRequestMethod().equals("PATCH") || patches.incrementAndGet() > 2);
            if (lost) {
                send(exchange, 404, "application/json", SmallRegistry.error("BLOB_UPLOAD_UNKNOWN"));
            }
            return lost;
        });
        uploadAndCompare(5 * CHUNK);
        assertThat(server.asked("POST", "/uploads/")).hasSize(2);
    }

    @Test
    void answerThatWasLostIsNoLostBlob() throws Exception {
        server.before(first(1, "PUT", "/uploads/", exchange -> {
            server.putBlob(read(directory.resolve("blob")));
            return SmallRegistry.hangUp(exchange);
        }));
        uploadAndCompare(CHUNK - 1);
        assertThat(server.asked("POST", "/uploads/")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 405, 411, 415, 501})
    void registryWithoutChunksGetsAllAtOnce(int refusal) throws Exception {
        server.before(exchange -> {
            boolean refused = exchange.getRequestMethod().equals("PATCH");
            if (refused) {
                send(exchange, refusal, "text/plain", "no chunks");
            }
            return refused;
        });
        uploadAndCompare(5 * CHUNK);
        assertThat(server.asked("PATCH", "/uploads/")).hasSize(1);
    }

    @Test
    void truncatedAnswersAreFetchedAgain() throws Exception {
        byte[] bytes = read(file(50_000));
        server.putBlob(bytes);
        server.before(first(2, "GET", "/blobs/", exchange -> {
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes, 0, 20_000);
            exchange.getResponseBody().flush();
            return SmallRegistry.hangUp(exchange);
        }));
        Path copy = directory.resolve("copy");
        repository
                .blobs()
                .download(
                        new Descriptor(MediaTypes.ANY_BYTES, Digest.of(bytes), bytes.length),
                        copy,
                        TransferProgress.SILENT);
        assertThat(copy).hasBinaryContent(bytes);
        assertThat(server.asked("GET", "/blobs/")).hasSize(3);
    }

    /** A socket that is closed with unread bytes, which TCP tells by a reset. */
    @Test
    void resetsAndNobodyThereAreRemoteFaults() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        Socket connection = socket.accept();
                        connection.setSoLinger(true, 0);
                        connection.close();
                    }
                } catch (IOException closed) {
                    // the test is over
                }
            });
            try (Registry other =
                    new Registry("127.0.0.1:" + socket.getLocalPort(), OPTIONS, new CredentialFiles(Map.of()))) {
                assertThat(remoteFaultOf(() -> other.repository("a").manifests().find("x")))
                        .hasMessageContaining("failed 4 times")
                        .hasMessageContaining("connection to 127.0.0.1:" + socket.getLocalPort());
            }
        }
        server.close();
        assertThat(remoteFaultOf(() -> repository.manifests().find("x")))
                .hasMessageContaining("no connection to 127.0.0.1:");
    }

    @Test
    void silenceHasAnEnd() throws Exception {
        RegistryOptions impatient = new RegistryOptions(
                false,
                new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(100)),
                CHUNK,
                note -> {});
        server.before(exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            try {
                Thread.sleep(Duration.ofDays(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        });
        try (Registry other = new Registry(server.name(), impatient, new CredentialFiles(Map.of()))) {
            assertThat(remoteFaultOf(() -> other.repository("a").manifests().find("x")))
                    .hasMessageContaining("was silent for 0.1 s");
        }
    }

    @Test
    void registryThatTakesNothingIsGivenUp() throws Exception {
        RegistryOptions impatient = new RegistryOptions(
                false,
                new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(1)),
                32 << 20,
                note -> {});
        server.before(exchange -> {
            if (exchange.getRequestMethod().equals("PUT")) {
                try {
                    Thread.sleep(Duration.ofDays(1));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return false;
        });
        Path file = file(30 << 20);
        try (Registry other = new Registry(server.name(), impatient, new CredentialFiles(Map.of()))) {
            assertThat(remoteFaultOf(() ->
                            other.repository("a").blobs().upload(descriptor(file), file, TransferProgress.SILENT)))
                    .hasMessageContaining("Sending sha256:")
                    .hasMessageContaining("was silent for 1 s");
        }
    }

    @Test
    void registryThatDoesNotAnswerIsGivenUp() throws Exception {
        RegistryOptions impatient = new RegistryOptions(
                false,
                new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(100)),
                CHUNK,
                note -> {});
        try (ServerSocket quiet = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Registry other =
                        new Registry("127.0.0.1:" + quiet.getLocalPort(), impatient, new CredentialFiles(Map.of()))) {
            Repository silent = other.repository("a");
            Descriptor blob = Descriptor.of(MediaTypes.EMPTY, MANIFEST);
            for (ThrowingCallable work : List.<ThrowingCallable>of(
                    () -> silent.manifests().find("x"),
                    silent.tags()::list,
                    () -> silent.manifests().put(Manifest.index(List.of())),
                    () -> silent.referrers().of(blob.digest(), Optional.empty()),
                    () -> silent.blobs().upload(blob, MANIFEST),
                    () -> silent.blobs().download(blob, directory.resolve("copy"), TransferProgress.SILENT))) {
                assertThat(remoteFaultOf(work))
                        .hasMessageContaining(
                                "failed 2 times: 127.0.0.1:" + quiet.getLocalPort() + " was silent for 0.1 s.");
            }
        }
    }

    // --- Lies ---

    private static SmallRegistry.Fault manifest(String type, byte[] bytes, String digest) {
        return exchange -> {
            exchange.getResponseHeaders().set("Content-Type", type);
            if (!digest.isEmpty()) {
                exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
            }
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            return true;
        };
    }

    @Test
    void otherContentThanAskedForIsRefused() throws Exception {
        server.before(manifest(MediaTypes.IMAGE_INDEX, MANIFEST, ""));
        assertThat(repository.manifests().find(Digest.of(MANIFEST))).isPresent();
        assertThat(remoteFaultOf(() -> repository.manifests().find(Digest.of("other"))))
                .hasMessageContaining("what came is not what was asked for");
        server.before(manifest(MediaTypes.IMAGE_INDEX, MANIFEST, "sha256:" + "0".repeat(64)));
        assertThat(remoteFaultOf(() -> repository.manifests().find("x"))).hasMessageContaining("says that the digest");
        server.before(manifest("text/html", MANIFEST, ""));
        assertThat(remoteFaultOf(() -> repository.manifests().find("x")))
                .hasMessageContaining("is of the type \"text/html\"");
        server.before(manifest(MediaTypes.IMAGE_MANIFEST, MANIFEST, ""));
        assertThat(remoteFaultOf(() -> repository.manifests().find("x"))).hasMessageContaining("was sent as");
        for (String nonsense : List.of("", "[]", "{", "{\"a\":1,\"a\":2}", "[".repeat(100_000), "\0\1\2")) {
            server.before(manifest(MediaTypes.IMAGE_INDEX, nonsense.getBytes(StandardCharsets.UTF_8), ""));
            assertThat(remoteFaultOf(() -> repository.manifests().find("x"))).hasMessageContaining("JSON");
        }
    }

    @Test
    void blobsOfOtherContentOrSizeAreRefused() throws Exception {
        byte[] bytes = read(file(5000));
        Descriptor blob = new Descriptor(MediaTypes.ANY_BYTES, Digest.of(bytes), bytes.length);
        Path copy = directory.resolve("copy");
        byte[] other = bytes.clone();
        other[4999]++;
        server.before(manifest(MediaTypes.ANY_BYTES, other, ""));
        assertThat(remoteFaultOf(() -> repository.blobs().download(blob, copy, TransferProgress.SILENT)))
                .hasMessageContaining("what came is not what was asked for");
        server.before(manifest(MediaTypes.ANY_BYTES, Arrays.copyOf(bytes, 4000), ""));
        assertThat(remoteFaultOf(() -> repository.blobs().download(blob, copy, TransferProgress.SILENT)))
                .hasMessageContaining("what came is not what was asked for");
        server.before(manifest(MediaTypes.ANY_BYTES, Arrays.copyOf(bytes, 6000), ""));
        assertThat(remoteFaultOf(() -> repository.blobs().download(blob, copy, TransferProgress.SILENT)))
                .hasMessageContaining("sends more than 5000 bytes");
        server.before(exchange -> {
            exchange.getResponseHeaders().set("Content-Length", "4999");
            exchange.sendResponseHeaders(200, -1);
            return true;
        });
        assertThat(remoteFaultOf(() -> repository.blobs().contains(blob))).hasMessageContaining("with 4999 bytes");
    }

    @Test
    void registryThatTakesBlobsAndKeepsNoneIsFound() throws Exception {
        server.before(exchange -> {
            boolean closing = exchange.getRequestMethod().equals("PUT");
            if (closing) {
                send(exchange, 201, "text/plain", "");
            }
            return closing;
        });
        Path file = file(10);
        assertThat(remoteFaultOf(() -> repository.blobs().upload(descriptor(file), file, TransferProgress.SILENT)))
                .hasMessageContaining("took the blob and does not have it");
    }

    /** The range stands still at one registry, tells of the last chunk at another, and makes no sense at a third. */
    @ParameterizedTest
    @ValueSource(strings = {"0-999", "0-0", "0-5000", "0-", "7-9", "0-999999999999999999999", "nonsense"})
    void whatWasSentCountsWhateverTheRangeSays(String range) throws Exception {
        server.before(exchange -> {
            boolean chunk = exchange.getRequestMethod().equals("PATCH");
            if (chunk) {
                String path = exchange.getRequestURI().getPath();
                server.receive(path.substring(path.lastIndexOf('/') + 1), SmallRegistry.read(exchange));
                exchange.getResponseHeaders().set("Location", path);
                exchange.getResponseHeaders().set("Range", range);
                send(exchange, 202, "text/plain", "");
            }
            return chunk;
        });
        uploadAndCompare(5 * CHUNK);
        assertThat(server.asked("PATCH", "/uploads/")).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413, 416})
    void chunksThatAreTooLargeBecomeSmaller(int refusal) throws Exception {
        refuseAbove(CHUNK / 3, refusal);
        uploadAndCompare(5 * CHUNK);
    }

    @ParameterizedTest
    @ValueSource(ints = {413, 416})
    void whatIsTooLargeInOnePieceIsSentInChunks(int refusal) throws Exception {
        refuseAbove(CHUNK / 3, refusal);
        uploadAndCompare(CHUNK - 1);
        assertThat(server.asked("PATCH", "/uploads/")).hasSizeGreaterThan(3);
    }

    private void refuseAbove(int bytes, int refusal) {
        server.before(exchange -> {
            String length = exchange.getRequestHeaders().getFirst("Content-Length");
            boolean refused = List.of("PATCH", "PUT").contains(exchange.getRequestMethod())
                    && length != null
                    && Integer.parseInt(length) > bytes;
            if (refused) {
                send(exchange, refusal, "text/plain", "too large");
            }
            return refused;
        });
    }

    @Test
    void theLastResortOfARegistryThatTakesOneChunkOnlyIsOnePiece() throws Exception {
        Map<String, Integer> chunks = new ConcurrentHashMap<>();
        server.before(exchange -> {
            boolean refused = exchange.getRequestMethod().equals("PATCH")
                    && chunks.merge(exchange.getRequestURI().getPath(), 1, Integer::sum) > 1;
            if (refused) {
                send(exchange, 416, "text/plain", "one chunk only");
            }
            return refused;
        });
        uploadAndCompare(5 * CHUNK);
        assertThat(server.asked("PUT", "/uploads/")).hasSize(1);
    }

    /** A proxy that does not know the size of what it does not send. */
    @Test
    void aLengthOfZeroIsNoSize() throws Exception {
        Path file = file(10);
        server.putBlob(read(file));
        server.before(exchange -> headOf(exchange, 200, "Content-Length", "0"));
        assertThat(repository.blobs().contains(descriptor(file))).isTrue();
    }

    /** Addresses that a storage gives out are often signed for GET alone. */
    @ParameterizedTest
    @ValueSource(ints = {307, 405})
    void whatCannotBeAskedForIsRead(int status) throws Exception {
        Path file = file(10);
        server.putBlob(read(file));
        server.before(exchange -> {
            if (exchange.getRequestURI().getPath().startsWith("/storage")) {
                send(exchange, 403, "text/plain", "");
                return true;
            }
            return headOf(exchange, status, "Location", "/storage/x");
        });
        assertThat(repository.blobs().contains(descriptor(file))).isTrue();
        assertThat(repository.blobs().contains(descriptor(file(11)))).isEqualTo(false);
    }

    private static boolean headOf(HttpExchange exchange, int status, String header, String value) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().set(header, value);
            exchange.sendResponseHeaders(status, -1);
        }
        return head;
    }

    @Test
    void aManifestThatIsShownLateIsTaggedFromMemory() throws Exception {
        Path file = file(10);
        server.before(first(1_000, "GET", "/manifests/", exchange -> {
            send(exchange, 404, "application/json", SmallRegistry.error("MANIFEST_UNKNOWN"));
            return true;
        }));
        PushedImage pushed = new ImagePush(repository)
                .push(
                        new Layer(file, descriptor(file), descriptor(file).digest(), 10),
                        new ImageDescription("amd64", Instant.EPOCH, Map.of()),
                        List.of("1", "latest"),
                        List.of(),
                        TransferProgress.SILENT);
        assertThat(pushed.tags()).containsExactly("1", "latest");
        server.before(exchange -> false);
        assertThat(repository.manifests().find("latest")).isPresent();
    }

    /** More than memory holds, if it were all read. */
    @Test
    void answersWithoutEndAreCutOff() {
        server.before(HostileRegistryTest::babble);
        assertThat(remoteFaultOf(() -> repository.manifests().find("x")))
                .hasMessageContaining("more than 4194304 bytes");
        assertThat(remoteFaultOf(repository.tags()::list)).hasMessageContaining("more than 4194304 bytes");
        assertThat(server.asked()).hasSize(2);
    }

    private static boolean babble(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", MediaTypes.IMAGE_INDEX);
        exchange.sendResponseHeaders(200, 0);
        byte[] spaces = " ".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
        while (true) {
            exchange.getResponseBody().write(spaces);
        }
    }

    @Test
    void listsInPagesAreReadToTheirEnd() throws Exception {
        for (int number = 0; number < 7; number++) {
            server.putManifest("t" + number, MediaTypes.IMAGE_INDEX, MANIFEST);
        }
        assertThat(repository.tags().list()).containsExactly("t0", "t1", "t2", "t3", "t4", "t5", "t6");
        assertThat(server.asked("GET", "/tags/")).hasSize(4);
    }

    @Test
    void listsWithoutEndAreRefused() {
        AtomicInteger number = new AtomicInteger();
        for (String next : List.of("/v2/tests/tiny/tags/list", "?n=1", "?n=%d")) {
            server.before(exchange -> {
                exchange.getResponseHeaders()
                        .set("Link", "<" + next.formatted(number.incrementAndGet()) + ">; rel=\"next\"");
                send(exchange, 200, "application/json", "{\"tags\": [\"a\"]}");
                return true;
            });
            assertThat(remoteFaultOf(repository.tags()::list)).hasMessageContaining("list has no end");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://example.com/next", "//example.com/next", "http:// wrong"})
    void listsGoOnAtTheRegistryOnly(String next) {
        server.before(exchange -> {
            exchange.getResponseHeaders().set("Link", "<" + next + ">; rel=\"next\"");
            send(exchange, 200, "application/json", "{\"tags\": [\"a\"]}");
            return true;
        });
        assertThat(remoteFaultOf(repository.tags()::list)).hasMessageContaining("not the registry's");
    }

    @Test
    void errorsAreToldInOneLineWithoutControlCharacters() {
        server.before(exchange -> {
            send(
                    exchange,
                    403,
                    "application/json",
                    "{\"errors\": [{\"code\": \"DENIED\", \"message\": \"no\\u001b[31m\\nright\\u202e "
                            + "x".repeat(5000) + "\"}]}");
            return true;
        });
        FaultException fault = faultOf(() -> repository.manifests().find("x"));
        assertThat(fault.category()).isEqualTo(Category.WRONG_INPUT);
        assertThat(fault.getMessage())
                .contains("answered 403: DENIED, no [31m right  xxx")
                .doesNotContain("\n", "\u001b", "\u202e")
                .hasSizeLessThan(1000);
        server.before(exchange -> {
            send(exchange, 400, "text/html", "<html>proxy</html>");
            return true;
        });
        assertThat(remoteFaultOf(() -> repository.manifests().find("x")).getMessage())
                .endsWith(" answered 400.");
    }

    // --- Redirects ---

    @Test
    void redirectsAreFollowedUpToLimit() throws Exception {
        server.putManifest("x", MediaTypes.IMAGE_INDEX, MANIFEST);
        for (int status : List.of(301, 302, 303, 307, 308)) {
            server.before(first(5, "GET", "/manifests/", status(status, "Location", "/v2/tests/tiny/manifests/x")));
            assertThat(repository.manifests().find("x")).isPresent();
        }
        server.before(status(307, "Location", "/v2/tests/tiny/manifests/x"));
        assertThat(remoteFaultOf(() -> repository.manifests().find("x"))).hasMessageContaining("more than 5 times");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://registry.example.com/x",
                "ftp://127.0.0.1/x",
                "file:///etc/passwd",
                "http://127.0.0.1.example.com/x",
                "//registry.example.com/x"
            })
    void redirectsIntoTheOpenAreRefused(String target) {
        server.before(status(307, "Location", target));
        remoteFaultOf(() -> repository.manifests().find("x"));
        assertThat(server.asked()).hasSize(1);
    }

    @Test
    void redirectsWithoutTargetOrThatWouldLoseWhatIsSentAreRefused() throws Exception {
        server.before(status(307, "X", "y"));
        assertThat(remoteFaultOf(() -> repository.manifests().find("x"))).hasMessageContaining("does not say where to");
        server.before(status(302, "Location", "/v2/tests/tiny/blobs/uploads/other"));
        Path file = file(10);
        server.before(first(1, "POST", "/uploads/", status(302, "Location", "/elsewhere")));
        assertThat(remoteFaultOf(() -> repository.blobs().upload(descriptor(file), file, TransferProgress.SILENT)))
                .hasMessageContaining("cannot be followed with what is to be sent");
        server.before(first(1, "POST", "/uploads/", status(307, "Location", "/v2/tests/tiny/blobs/uploads/")));
        uploadAndCompare(10);
    }

    /** Only names of this machine are talked to without encryption: not every address of the loopback network. */
    @Test
    void otherMachinesAreTalkedToByEncryptionUnlessTheUserSaysOtherwise() throws Exception {
        InetAddress elsewhere = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        try (ServerSocket socket = new ServerSocket(0, 10, elsewhere)) {
            Thread.ofVirtual().start(() -> refuseTls(socket));
            try (Registry other =
                    new Registry("127.0.0.2:" + socket.getLocalPort(), OPTIONS, new CredentialFiles(Map.of()))) {
                FaultException fault =
                        remoteFaultOf(() -> other.repository("a").manifests().find("x"));
                assertThat(fault).hasMessageContaining("No encrypted connection to 127.0.0.2:");
                assertThat(fault.remedy().orElse("")).contains("--plain-http");
            }
        }
        try (SmallRegistry plain = new SmallRegistry(elsewhere);
                Registry other = new Registry(plain.name(), PLAIN_HTTP, new CredentialFiles(Map.of()))) {
            plain.putManifest("x", MediaTypes.IMAGE_INDEX, MANIFEST);
            assertThat(other.repository("a").manifests().find("x")).isPresent();
        }
    }

    /** As Go's servers do that speak no TLS. */
    private static void refuseTls(ServerSocket socket) {
        try {
            while (true) {
                try (Socket connection = socket.accept()) {
                    assertThat(connection.getInputStream().read()).isEqualTo(0x16); // a handshake
                    connection
                            .getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    // --- Referrers, with the API that this registry has ---

    @Test
    void referrersAreListedByApiWhereThereIsOne() throws Exception {
        Descriptor subject = Descriptor.of(MediaTypes.IMAGE_INDEX, MANIFEST);
        server.putManifest("x", MediaTypes.IMAGE_INDEX, MANIFEST);
        for (int number = 0; number < 5; number++) {
            repository
                    .referrers()
                    .attach(subject, new Attachment(file(10 + number), "text/type-" + number % 2, Map.of()));
        }
        assertThat(repository.referrers().of(subject.digest(), Optional.empty()))
                .hasSize(5);
        assertThat(server.asked("GET", "/referrers/")).hasSize(3);
        assertThat(repository.referrers().of(subject.digest(), Optional.of("text/type-1")))
                .hasSize(2)
                .allSatisfy(referrer -> assertThat(referrer.artifactType()).contains("text/type-1"));
        assertThat(repository.tags().list()).containsExactly("x");
    }

    @Test
    void tagThatStandsInForReferrersKeepsWhatOthersWroteAndIsNotOverwrittenIfItIsSomethingElse() throws Exception {
        Descriptor subject = Descriptor.of(MediaTypes.IMAGE_INDEX, MANIFEST);
        String tag = "sha256-" + subject.digest().hex();
        server.before(exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (path.contains("/referrers/")) {
                send(exchange, 404, "text/plain", "404 page not found");
                return true;
            }
            if (exchange.getRequestMethod().equals("PUT") && path.contains("/manifests/sha256:")) {
                server.putManifest("ignored", MediaTypes.IMAGE_MANIFEST, SmallRegistry.read(exchange));
                send(exchange, 201, "text/plain", "");
                return true;
            }
            return false;
        });
        server.putManifest(tag, MediaTypes.IMAGE_INDEX, """
                {"schemaVersion": 2, "mediaType": "%s", "annotations": {"a": "b"}, "manifests": [
                  {"mediaType": "%s", "digest": "sha256:%s", "size": 3, "platform": {"os": "plan9"}, "data": "e30="}]}
                """.formatted(
                        MediaTypes.IMAGE_INDEX, MediaTypes.IMAGE_MANIFEST, "1".repeat(64))
                .getBytes(StandardCharsets.UTF_8));
        Descriptor referrer = repository.referrers().attach(subject, new Attachment(file(10), "text/plain", Map.of()));
        assertThat(repository.referrers().of(subject.digest(), Optional.empty()))
                .hasSize(2)
                .contains(referrer);
        assertThat(new String(repository.manifests().find(tag).orElseThrow().bytes(), StandardCharsets.UTF_8))
                .contains("\"platform\":{\"os\":\"plan9\"},\"data\":\"e30=\"", "\"annotations\":{\"a\":\"b\"}");

        byte[] somethingElse = Manifest.image(subject, List.of(), Map.of()).bytes();
        server.putManifest(tag, MediaTypes.IMAGE_MANIFEST, somethingElse);
        assertThat(remoteFaultOf(
                        () -> repository.referrers().attach(subject, new Attachment(file(10), "text/plain", Map.of()))))
                .hasMessageContaining("is no index");
        assertThat(repository.manifests().find(tag).orElseThrow().digest()).isEqualTo(Digest.of(somethingElse));
    }
}
