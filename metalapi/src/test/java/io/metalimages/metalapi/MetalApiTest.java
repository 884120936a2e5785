package io.metalimages.metalapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MetalApiTest {

    private static final Authentication ADMIN = new Authentication.HmacKey("Metal-Admin", MetalApiServer.ADMIN_KEY);
    private static final ImageId ID = ImageId.ofRelease("debian", "12", LocalDate.of(2023, 7, 10));
    private static final Instant EXPIRES = Instant.parse("2030-01-02T00:00:00Z");

    private final List<String> notes = new ArrayList<>();
    private MetalApiServer server;
    private PublicStore store;
    private URI url;

    @BeforeEach
    void start() throws IOException {
        server = new MetalApiServer("/metal");
        store = new PublicStore();
        url = store.put("/metal-os/20230710/debian/12/img.tar.lz4", "tarball");
    }

    @AfterEach
    void stop() {
        server.close();
        store.close();
    }

    private MetalApiOptions options(String address, Authentication authentication, Duration longestResponse) {
        MetalApiOptions usual = MetalApiOptions.usual(address, authentication, notes::add);
        return new MetalApiOptions(
                usual.base(),
                authentication,
                new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(30)),
                longestResponse,
                usual.notes());
    }

    private MetalApi api(String address, Authentication authentication) {
        return new MetalApi(options(address, authentication, Duration.ofMinutes(1)));
    }

    private MetalApi api() {
        return api(server.address(), ADMIN);
    }

    private ImageEntry entry() {
        return new ImageEntry(
                ID, url, Set.of(Feature.MACHINE), "Debian 12", "Released", Optional.empty(), Optional.empty());
    }

    private static FaultException faultOf(ThrowingCallable work) {
        return assertThatExceptionOfType(FaultException.class).isThrownBy(work).actual();
    }

    @Test
    void whatIsRegisteredIsFound() throws InterruptedException {
        try (MetalApi api = api()) {
            assertThat(api.images()).isEmpty();
            assertThat(api.find(ID)).isEmpty();
            assertThat(api.mostRecent(ImageId.parse("debian-12"))).isEmpty();

            RegisteredImage made = api.create(entry());

            assertThat(made.id()).isEqualTo("debian-12.0.20230710");
            assertThat(made.url()).contains(url.toString());
            assertThat(made.features()).containsExactly(Feature.MACHINE);
            assertThat(made.classification()).contains(Classification.PREVIEW);
            assertThat(made.name()).contains("Debian 12");
            assertThat(made.description()).contains("Released");
            assertThat(made.expires().orElseThrow())
                    .isCloseTo(Instant.now().plus(90, ChronoUnit.DAYS), within(1, ChronoUnit.HOURS));
            assertThat(entry().isMetBy(made)).isTrue();
            assertThat(api.images()).containsExactly(made);
            assertThat(api.find(ID)).contains(made);
            assertThat(api.mostRecent(ImageId.parse("debian-12"))).contains(made);
        }
        assertThat(notes).isEmpty();
    }

    @Test
    void theMachinesThatUseAnImageAreToldToWhoAsks() throws InterruptedException {
        server.allocate("00000000-0000-0000-0000-0cc47ae54694", ID.toString());
        try (MetalApi api = api()) {
            api.create(entry());

            assertThat(api.images().getFirst().usedBy()).isEmpty();
            assertThat(api.imagesWithUsage().getFirst().usedBy())
                    .containsExactly("00000000-0000-0000-0000-0cc47ae54694");
        }
    }

    @Test
    void anEntryIsChangedButForWhatIsLeftOpen() throws InterruptedException {
        try (MetalApi api = api()) {
            api.create(new ImageEntry(
                    ID,
                    url,
                    Set.of(Feature.MACHINE),
                    "Debian",
                    "Old",
                    Optional.of(Classification.SUPPORTED),
                    Optional.of(EXPIRES)));
            ImageEntry changed = new ImageEntry(
                    ID,
                    url,
                    Set.of(Feature.MACHINE, Feature.FIREWALL),
                    "Debian 12",
                    "New",
                    Optional.empty(),
                    Optional.empty());
            assertThat(changed.isMetBy(api.find(ID).orElseThrow())).isFalse();

            RegisteredImage now = api.update(changed);

            assertThat(changed.isMetBy(now)).isTrue();
            assertThat(now.classification()).contains(Classification.SUPPORTED);
            assertThat(now.expires()).contains(EXPIRES);
            assertThat(now.features()).containsExactlyInAnyOrder(Feature.MACHINE, Feature.FIREWALL);
            assertThat(api.find(ID)).contains(now);
        }
    }

    @Test
    void aTokenOpensToo() throws InterruptedException {
        try (MetalApi api = api(server.address(), new Authentication.Token(MetalApiServer.TOKEN))) {
            assertThat(entry().isMetBy(api.create(entry()))).isTrue();
        }
    }

    @Test
    void anImageOfAnotherTimeIsReadAsFarAsItIsUnderstood() throws InterruptedException {
        server.put("strange", """
                {"name": null, "features": ["machine", "spaceship"], "classification": "", "usedby": null,
                 "expirationDate": "0001-01-01T00:00:00Z", "created": "0001-01-01T00:00:00Z", "future": {"a": []}}
                """);
        server.put("ubuntu-22.4.20230710", "{\"expirationDate\": \"2023-10-08T02:00:00.123456789+02:00\"}");
        try (MetalApi api = api()) {
            List<RegisteredImage> images = api.images();

            assertThat(images)
                    .containsExactly(
                            new RegisteredImage(
                                    "strange",
                                    Optional.empty(),
                                    Set.of(Feature.MACHINE),
                                    Optional.empty(),
                                    Optional.of(Instant.parse("0001-01-01T00:00:00Z")),
                                    Optional.empty(),
                                    Optional.empty(),
                                    List.of()),
                            new RegisteredImage(
                                    "ubuntu-22.4.20230710",
                                    Optional.empty(),
                                    Set.of(),
                                    Optional.empty(),
                                    Optional.of(Instant.parse("2023-10-08T00:00:00.123456789Z")),
                                    Optional.empty(),
                                    Optional.empty(),
                                    List.of()));
            assertThat(images.getFirst().imageId()).isEmpty();
            assertThat(images.getFirst().isExpired(Instant.now())).isTrue();
            assertThat(RegisteredImage.mostRecent(ImageId.parse("ubuntu-22.04"), images))
                    .contains(images.getLast());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "[null]",
                "[{}]",
                "[{\"id\": 1}]",
                "[{\"id\": \"debian-12\", \"expirationDate\": \"soon\"}]",
                "[{\"id\": \"debian-12\", \"expirationDate\": \"2030-01-01T00:00:00Z\", \"features\": \"machine\"}]",
                "[{\"id\": \"debian-12\", \"expirationDate\": \"2030-01-01T00:00:00Z\", \"usedby\": [1]}]",
                "[{\"id\": \"debian-12\"",
                "<html>Welcome</html>",
            })
    void anAnswerThatIsNoListIsNotTakenForOne(String body) {
        server.before(exchange -> {
            MetalApiServer.sendText(exchange, 200, body);
            return true;
        });
        try (MetalApi api = api()) {
            FaultException fault = faultOf(api::imagesWithUsage);

            assertThat(fault).message().startsWith("The response of " + server.address() + " was not understood: ");
            assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
        }
    }

    /** JSON may be nested more deeply than a stack, or hold a number that takes a day to read. */
    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "9"})
    void anAnswerThatHurtsAParserIsRefused(String piece) {
        server.before(exchange -> {
            MetalApiServer.sendText(exchange, 200, piece.repeat(200_000));
            return true;
        });
        try (MetalApi api = api()) {
            assertThat(faultOf(api::images)).message().contains("it is no");
        }
    }

    @Test
    void anAnswerWithoutEndIsRefused() {
        server.before(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] spaces = " ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
            while (true) {
                exchange.getResponseBody().write(spaces);
            }
        });
        try (MetalApi api = api()) {
            assertThat(faultOf(() -> api.find(ID))).message().contains("sends more than 1048576 bytes.");
        }
        assertThat(server.asked()).hasSize(1);
    }

    @Test
    void anAnswerThatTakesTooLongIsAskedForAgain() {
        server.before(exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write('[');
            exchange.getResponseBody().flush();
            awaitEndOf(exchange);
            return true;
        });
        try (MetalApi api = new MetalApi(options(server.address(), ADMIN, Duration.ofMillis(200)))) {
            assertThat(faultOf(api::images))
                    .message()
                    .isEqualTo("Listing the images of " + server.address() + " failed 3 times: "
                            + URI.create(server.address()).getAuthority() + " did not answer within 0.2 s.");
        }
        assertThat(server.asked()).hasSize(3);
        assertThat(notes).hasSize(2).first().asString().endsWith("Trying again (2 of 3).");
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws IOException {
        try (ServerSocket quiet = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                MetalApi api = new MetalApi(new MetalApiOptions(
                        URI.create("http://127.0.0.1:" + quiet.getLocalPort()),
                        ADMIN,
                        new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(200)),
                        Duration.ofMinutes(1),
                        notes::add))) {
            for (ThrowingCallable work : List.<ThrowingCallable>of(
                    api::images, () -> api.find(ID), () -> api.create(entry()), () -> api.update(entry()))) {
                FaultException fault = faultOf(work);
                assertThat(fault).message().endsWith("was silent for 0.2 s.");
                assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
            }
        }
        assertThat(notes).hasSize(4);
    }

    /** Writing fails as soon as the other side is gone. */
    private static void awaitEndOf(HttpExchange exchange) {
        try {
            while (true) {
                Thread.sleep(20);
                exchange.getResponseBody().write(' ');
                exchange.getResponseBody().flush();
            }
        } catch (IOException | InterruptedException gone) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504})
    void whatMayPassIsTriedAgain(int status) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(2);
        server.before(exchange -> {
            if (left.getAndDecrement() <= 0) {
                return false;
            }
            exchange.getResponseHeaders().set("Retry-After", "0");
            MetalApiServer.sendText(exchange, status, "<html>\u001b[31mBad Gateway</html>");
            return true;
        });
        try (MetalApi api = api()) {
            assertThat(entry().isMetBy(api.create(entry()))).isTrue();
        }
        assertThat(server.asked()).hasSize(3);
        assertThat(notes).hasSize(2).allSatisfy(note -> assertThat(note).contains("answered " + status + "."));
    }

    @ParameterizedTest
    @CsvSource({"400,4", "409,4", "415,4", "422,4", "501,4", "401,2", "403,2"})
    void whatLastsIsToldInMetalApisOwnWords(int status, int exitCode) {
        server.before(exchange -> {
            MetalApiServer.sendText(
                    exchange, status, "{\"statuscode\": " + status + ", \"message\": \"that's\\u001b[31m\\nwhy\"}");
            return true;
        });
        try (MetalApi api = api()) {
            FaultException fault = faultOf(() -> api.create(entry()));

            assertThat(fault)
                    .message()
                    .isEqualTo(
                            "metal-api refused: " + URI.create(server.address()).getAuthority() + " answered " + status
                                    + ": that's [31m why.");
            assertThat(fault.category())
                    .isEqualTo(
                            exitCode == 2 ? FaultException.Category.WRONG_INPUT : FaultException.Category.REMOTE_FAULT);
        }
        assertThat(server.asked()).hasSize(1);
    }

    @Test
    void anImageThatIsThereIsNotMadeAgain() throws InterruptedException {
        try (MetalApi api = api()) {
            api.create(entry());

            assertThat(faultOf(() -> api.create(entry())))
                    .message()
                    .endsWith("answered 409: cannot create image in database, entity already exists: " + ID + ".");
        }
    }

    @Test
    void anEntryWhoseAnswerWasLostIsMadeOnce() throws InterruptedException {
        server.loseNextAnswerTo("PUT");
        try (MetalApi api = api()) {
            RegisteredImage made = api.create(entry());

            assertThat(entry().isMetBy(made)).isTrue();
            assertThat(api.images()).containsExactly(made);
        }
        assertThat(server.asked()).extracting(MetalApiServer.Asked::method).containsExactly("PUT", "PUT", "GET", "GET");
    }

    @Test
    void anEntryOfSomebodyElseIsNotTakenForTheLostOne() {
        AtomicInteger left = new AtomicInteger(1);
        server.before(exchange -> {
            if (!exchange.getRequestMethod().equals("PUT") || left.getAndDecrement() <= 0) {
                return false;
            }
            server.put(ID.toString(), "{\"expirationDate\": \"2030-01-01T00:00:00Z\", \"name\": \"Theirs\"}");
            MetalApiServer.sendText(exchange, 503, "");
            return true;
        });
        try (MetalApi api = api()) {
            assertThat(faultOf(() -> api.create(entry()))).message().contains("answered 409");
        }
    }

    @Test
    void aChangeWhoseAnswerWasLostIsMadeAgain() throws InterruptedException {
        server.put(ID.toString(), "{\"expirationDate\": \"2030-01-01T00:00:00Z\", \"name\": \"Old\"}");
        server.loseNextAnswerTo("POST");
        try (MetalApi api = api()) {
            assertThat(entry().isMetBy(api.update(entry()))).isTrue();
        }
        assertThat(server.asked()).extracting(MetalApiServer.Asked::method).containsExactly("POST", "POST");
    }

    @Test
    void aChangeThatMeetsAnotherIsMadeAgain() throws InterruptedException {
        server.put(ID.toString(), "{\"expirationDate\": \"2030-01-01T00:00:00Z\", \"name\": \"Old\"}");
        AtomicInteger left = new AtomicInteger(1);
        server.before(exchange -> {
            if (left.getAndDecrement() <= 0) {
                return false;
            }
            MetalApiServer.sendText(
                    exchange,
                    409,
                    "{\"statuscode\": 409, \"message\": \"the entity was changed from another, please retry\"}");
            return true;
        });
        try (MetalApi api = api()) {
            assertThat(entry().isMetBy(api.update(entry()))).isTrue();
        }
        assertThat(notes).hasSize(1).first().asString().contains("the entity was changed from another");
    }

    @Test
    void anEntryThatIsNotThereIsNotChanged() {
        try (MetalApi api = api()) {
            assertThat(faultOf(() -> api.update(entry())))
                    .message()
                    .endsWith("answered 404: no image with id \"" + ID + "\" found.");
        }
    }

    @Test
    void metalApiRefusesAnImageThatItCannotFetch() {
        ImageEntry lost = new ImageEntry(
                ID,
                store.address("/nowhere"),
                Set.of(Feature.MACHINE),
                "Debian 12",
                "",
                Optional.empty(),
                Optional.empty());
        try (MetalApi api = api()) {
            FaultException fault = faultOf(() -> api.create(lost));

            assertThat(fault).message().contains("answered 400: image:" + ID + " is not accessible under:");
            assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
        }
    }

    @Test
    void whoMayOnlyLookChangesNothing() throws InterruptedException {
        try (MetalApi api = api(server.address(), new Authentication.HmacKey("Metal-View", MetalApiServer.VIEW_KEY))) {
            assertThat(api.images()).isEmpty();

            FaultException fault = faultOf(() -> api.create(entry()));

            assertThat(fault).message().endsWith("answered 403: you are not member in one of [maas-all-all-admin].");
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault.remedy().orElseThrow()).contains("Metal-View's HMAC key");
        }
    }

    @Test
    void aWrongSecretIsRefusedAndNotShown() {
        List<Authentication> wrong = List.of(
                new Authentication.HmacKey("Metal-Admin", "sesame"),
                new Authentication.HmacKey("Metal-Unknown", "sesame"),
                new Authentication.Token("sesame"));
        List<String> messages = List.of("Wrong HMAC found", "tenant  not allowed", "error parsing token");
        for (int index = 0; index < wrong.size(); index++) {
            try (MetalApi api = api(server.address(), wrong.get(index))) {
                FaultException fault = faultOf(api::images);

                assertThat(fault).message().contains("answered 403", messages.get(index));
                assertThat(fault + " " + fault.remedy()).doesNotContain("sesame");
            }
        }
    }

    @Test
    void aServerThatRepeatsTheRequestDoesNotMakeTheSecretSeen() {
        server.before(exchange -> {
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            MetalApiServer.sendText(
                    exchange, exchange.getRequestMethod().equals("GET") ? 403 : 503, "\"" + authorization + "\"");
            return true;
        });
        try (MetalApi api = api(server.address(), new Authentication.Token("sesame"))) {
            for (ThrowingCallable work : List.<ThrowingCallable>of(api::images, () -> api.create(entry()))) {
                FaultException fault = faultOf(work);
                assertThat(fault).message().contains("Bearer [secret]").doesNotContain("sesame");
                assertThat(fault).hasNoCause();
            }
        }
        assertThat(notes).isNotEmpty().noneMatch(note -> note.contains("sesame"));
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void credentialsAreNotCarriedElsewhere(int status) throws IOException {
        try (MetalApiServer elsewhere = new MetalApiServer("/metal")) {
            server.before(exchange -> {
                exchange.getResponseHeaders().set("Location", elsewhere.address() + "/v1/image");
                exchange.sendResponseHeaders(status, -1);
                return true;
            });
            try (MetalApi api = api()) {
                FaultException fault = faultOf(api::images);

                assertThat(fault).message().endsWith("answered " + status + ".");
                assertThat(fault.remedy().orElseThrow()).contains("It leads to " + elsewhere.address());
            }
            assertThat(elsewhere.asked()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/wrong"})
    void anAddressWithoutItsPathIsRecognized(String path) {
        try (MetalApi api = api(server.address().replace("/metal", path), ADMIN)) {
            List<ThrowingCallable> works = List.of(api::images, () -> api.find(ID), () -> api.create(entry()));
            for (ThrowingCallable work : works) {
                FaultException fault = faultOf(work);

                assertThat(fault).message().endsWith("answered 404.");
                assertThat(fault.remedy().orElseThrow()).contains("Often it ends in /metal.");
            }
        }
    }

    @Test
    void aServerThatIsNotThereIsTold() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        try (MetalApi api = api("http://127.0.0.1:" + port, ADMIN)) {
            FaultException fault = faultOf(api::images);

            assertThat(fault).message().contains("failed 3 times: no connection to 127.0.0.1:" + port);
            assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
        }
    }

    @Test
    void aServerThatDoesNotEncryptIsNotAskedAgain() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            // The client may try the handshake a second time to find out what was wrong with the first.
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket client = socket.accept()) {
                        client.getOutputStream()
                                .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                        client.shutdownOutput();
                        client.getInputStream().readAllBytes();
                    } catch (IOException clientOrTestIsDone) {
                        // The next one may come.
                    }
                }
            });
            try (MetalApi api = api("https://127.0.0.1:" + socket.getLocalPort(), ADMIN)) {
                assertThat(faultOf(api::images)).message().startsWith("No encrypted connection to 127.0.0.1:");
            }
        }
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "api.example.com/metal",
                "ftp://api.example.com",
                "https://",
                "https:///metal",
                "https://api.example.com/metal?sesame=1",
                "https://api.example.com/metal#sesame",
                "https://admin:sesame@api.example.com/metal",
                "https://api.example.com/sesame metal",
                "mailto:sesame@example.com",
            })
    void whatIsNoAddressIsRefused(String address) {
        FaultException fault = faultOf(() -> MetalApiOptions.usual(address, ADMIN, notes::add));

        assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
        if (address.contains("@api") || address.contains(" ")) {
            assertThat(fault).message().doesNotContain("sesame");
        }
    }

    @Test
    void aTokenIsNotSentInTheOpen() {
        Consumer<String> nowhere = note -> {};
        Authentication token = new Authentication.Token("sesame");

        assertThat(faultOf(() -> MetalApiOptions.usual("http://api.example.com/metal", token, nowhere)))
                .message()
                .contains("unencrypted")
                .doesNotContain("sesame");
        assertThat(MetalApiOptions.usual("http://api.example.com/metal/", ADMIN, nowhere)
                        .base())
                .hasToString("http://api.example.com/metal");
        assertThat(MetalApiOptions.usual("https://api.example.com/metal//", token, nowhere)
                        .base())
                .hasToString("https://api.example.com/metal");
    }
}
