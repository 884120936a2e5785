package io.metalimages.http;

import static io.metalimages.testing.ScriptedWebServer.writeHead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.testing.ScriptedWebServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that answers each connection as the test says, byte by byte. */
final class WebClientTest {

    private static final RetryPolicy POLICY =
            new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(50), Duration.ofSeconds(2));

    private static final int BEGINNING = 100_000;

    private final byte[] content = new byte[300_000];
    private final CountDownLatch beginningIsRead = new CountDownLatch(1);
    private final WebClient client = new WebClient(WebOptions.following(POLICY));
    private volatile ScriptedWebServer.Script script = (number, head, output) -> {};
    private final ScriptedWebServer server =
            new ScriptedWebServer((number, head, output) -> script.answer(number, head, output));

    WebClientTest() throws IOException {
        new Random(1).nextBytes(content);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    private URI serve(ScriptedWebServer.Script answers) {
        script = answers;
        return server.address("/img.tar.lz4");
    }

    private List<String> requests() {
        return server.requests();
    }

    private void writeWhole(OutputStream output, int bytes) throws IOException {
        writeHead(
                output, "HTTP/1.1 200 OK\nConnection: close\nETag: \"one\"\nContent-Length: " + content.length + "\n");
        output.write(content, 0, bytes);
        output.flush();
    }

    private void writeFrom(OutputStream output, String request) throws IOException {
        int from = Integer.parseInt(request.replaceFirst("(?s).*Range: bytes=([0-9]+)-.*", "$1"));
        writeHead(
                output,
                "HTTP/1.1 206 Partial Content\nConnection: close\nETag: \"one\"\nContent-Range: bytes " + from + "-"
                        + (content.length - 1) + "/" + content.length + "\nContent-Length: " + (content.length - from)
                        + "\n");
        output.write(content, from, content.length - from);
    }

    /** Breaks off when the client has read what came so far: Java's client may drop what it has not handed over. */
    private void breakOff(OutputStream output) throws IOException, InterruptedException {
        writeWhole(output, BEGINNING);
        beginningIsRead.await();
    }

    private byte[] read(URI address) throws IOException, InterruptedException {
        try (WebContent input = client.get(address, Set.of(404)).orElseThrow()) {
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            read.write(input.readNBytes(BEGINNING));
            beginningIsRead.countDown();
            input.transferTo(read);
            return read.toByteArray();
        }
    }

    @Test
    void goesOnWhereTheConnectionBrokeOff() throws Exception {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output);
            } else {
                writeFrom(output, request);
            }
        });
        assertThat(read(address)).isEqualTo(content);
        assertThat(requests()).hasSize(2);
        assertThat(requests().get(1)).contains("Range: bytes=" + BEGINNING + "-", "If-Range: \"one\"");
    }

    @Test
    void readsAgainFromServersWithoutRanges() throws Exception {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output);
            } else {
                writeWhole(output, content.length);
            }
        });
        assertThat(read(address)).isEqualTo(content);
    }

    @Test
    void doesNotPutTwoContentsTogether() {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output);
            } else {
                writeHead(output, "HTTP/1.1 200 OK\nConnection: close\nETag: \"two\"\nContent-Length: 5\n");
                output.write("other".getBytes(StandardCharsets.UTF_8));
            }
        });
        assertThatThrownBy(() -> read(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("changed while it was read");
    }

    private static final String LONG_AGO = "Thu, 01 Jan 2026 00:00:00 GMT";
    private static final String DAY_LATER = "Fri, 02 Jan 2026 00:00:00 GMT";

    /** Sends the beginning with other headers than the usual ones, and ends the connection. */
    private void breakOff(OutputStream output, String headers) throws IOException, InterruptedException {
        writeHead(
                output, "HTTP/1.1 200 OK\nConnection: close\n" + headers + "Content-Length: " + content.length + "\n");
        output.write(content, 0, BEGINNING);
        output.flush();
        beginningIsRead.await();
    }

    /** Sends what follows on the beginning, as if it were of a content that is {@code surplus} bytes longer. */
    private void writeRest(OutputStream output, String headers, int surplus) throws IOException {
        int end = content.length + surplus;
        writeHead(
                output,
                "HTTP/1.1 206 Partial Content\nConnection: close\n" + headers + "Content-Range: bytes " + BEGINNING
                        + "-" + (end - 1) + "/" + end + "\nContent-Length: " + (end - BEGINNING) + "\n");
        output.write(Arrays.copyOfRange(content, BEGINNING, end));
    }

    @Test
    void goesOnByItsDateWithWhatHasNoTag() throws Exception {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output, "Date: " + DAY_LATER + "\nLast-Modified: " + LONG_AGO + "\n");
            } else {
                writeRest(output, "Date: " + DAY_LATER + "\n", 0);
            }
        });
        assertThat(read(address)).isEqualTo(content);
        assertThat(requests().get(1)).contains("Range: bytes=" + BEGINNING + "-", "If-Range: " + LONG_AGO);
    }

    /** What changed within the second that the date names may have changed once more in it. */
    @Test
    void doesNotRelyOnADateThatIsTooYoung() throws Exception {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output, "Date: " + LONG_AGO + "\nLast-Modified: " + LONG_AGO + "\n");
            } else {
                writeRest(output, "", 0);
            }
        });
        assertThat(read(address)).isEqualTo(content);
        assertThat(requests().get(1)).contains("Range: ").doesNotContain("If-Range");
    }

    /** Servers need not know {@code If-Range}. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ETag: \"two\"\n",
                "ETag: W/\"two\"\n",
                "Last-Modified: " + DAY_LATER + "\n",
            })
    void doesNotPutTogetherWhatHasAnotherVersion(String other) {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output, other.startsWith("ETag") ? "ETag: W/\"one\"\n" : "Last-Modified: " + LONG_AGO + "\n");
            } else {
                writeRest(output, other, 0);
            }
        });
        assertThatThrownBy(() -> read(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("changed while it was read");
    }

    @Test
    void doesNotPutTogetherWhatHasAnotherLength() {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output, "");
            } else {
                writeRest(output, "", 1);
            }
        });
        assertThatThrownBy(() -> read(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("changed while it was read");
    }

    @Test
    void namesAContentThatBecameTooShortToGoOnWith() {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output, "");
            } else {
                writeHead(output, "HTTP/1.1 416 Range Not Satisfiable\nConnection: close\nContent-Length: 0\n");
            }
        });
        assertThatThrownBy(() -> read(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("changed while it was read");
    }

    @Test
    void showsNoControlCharactersOfWhatIsNoHttp() {
        URI address = serve((connection, request, output) ->
                output.write("HTTP/1.1 \u001b[2Jgone\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        assertThatThrownBy(() -> read(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("[2Jgone")
                .message()
                .doesNotContain("\u001b");
    }

    @Test
    void givesUpAServerThatIsSilentBeforeItsAnswer() {
        URI address = serve((connection, request, output) -> server.keepSilent());
        assertThatThrownBy(() -> read(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("silent for 2 s");
    }

    @Test
    void givesUpAConnectionThatFallsSilentAndGoesOnWithAnother() throws Exception {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                writeWhole(output, 50_000);
                server.keepSilent();
            } else {
                writeFrom(output, request);
            }
        });
        assertThat(read(address)).isEqualTo(content);
    }

    @Test
    void isNotHeldUpByAServerThatIsSilentWhileItRepeatsTheBeginning() throws Exception {
        URI address = serve((connection, request, output) -> {
            if (connection == 0) {
                breakOff(output);
            } else if (connection == 1) {
                writeWhole(output, BEGINNING / 2);
                server.keepSilent();
            } else {
                writeWhole(output, content.length);
            }
        });
        assertThat(read(address)).isEqualTo(content);
        assertThat(requests()).hasSize(3);
    }

    @Test
    void doesNotTakeSilenceForTheEndWhereTheLengthIsUnknown() {
        URI address = serve((connection, request, output) -> {
            writeHead(output, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n");
            output.write("5\r\nbegin\r\n".getBytes(StandardCharsets.US_ASCII));
            output.flush();
            server.keepSilent();
        });
        assertThatThrownBy(() -> read(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("silent for 2 s");
    }

    @Test
    void triesAgainWhatMayBeOverSoon() throws Exception {
        URI address = serve((connection, request, output) -> {
            if (connection < 2) {
                writeHead(output, "HTTP/1.1 503 Service Unavailable\nConnection: close\nContent-Length: 0\n");
            } else {
                writeWhole(output, content.length);
            }
        });
        assertThat(read(address)).isEqualTo(content);
        assertThat(requests()).hasSize(3);
    }

    @Test
    void saysAtOnceWhatWillNotChange() throws Exception {
        URI address = serve((connection, request, output) -> writeHead(
                output,
                "HTTP/1.1 " + (connection == 0 ? "404 Not Found" : "401 Unauthorized")
                        + "\nConnection: close\nContent-Length: 0\n"));
        assertThat(client.get(address, Set.of(404))).isEmpty();
        assertThatThrownBy(() -> client.get(address, Set.of(404)))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("answered 401");
        assertThat(requests()).hasSize(2);
    }

    @Test
    void namesAServerThatDoesNotEncrypt() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket accepted = socket.accept()) {
                        writeHead(accepted.getOutputStream(), "HTTP/1.1 400 Bad Request\n");
                        accepted.shutdownOutput();
                        accepted.getInputStream().readAllBytes();
                    } catch (IOException clientIsGone) {
                        // The next one may come.
                    }
                }
            });
            URI address = URI.create("https://127.0.0.1:" + socket.getLocalPort() + "/");
            assertThatThrownBy(() -> client.get(address, Set.of(404)))
                    .isInstanceOf(FaultException.class)
                    .hasMessageStartingWith("No encrypted connection to 127.0.0.1:");
            assertThat(Handshake.fault(address, Duration.ofSeconds(10), Optional.empty()))
                    .isPresent();
        }
    }

    @Test
    void givesUpAServerThatNeitherTakesNorAnswers() {
        URI address = serve((connection, request, output) -> server.keepSilent());
        Request request = Request.of("PUT", address).sending(RequestBody.of(new byte[32 << 20]));
        assertThatThrownBy(() -> client.exchange(request))
                .isInstanceOf(TransientException.class)
                .hasMessageEndingWith("was silent for 2 s");
    }

    @Test
    void givesUpAServerThatTakesTooLongAltogether() {
        URI address = serve((connection, request, output) -> {
            writeHead(output, "HTTP/1.1 200 OK\nConnection: close\nContent-Length: 1000000\n");
            while (true) {
                output.write(' ');
                output.flush();
                Thread.sleep(10);
            }
        });
        assertThatThrownBy(() -> client.exchange(
                        Request.of("GET", address).takingAtMost(1 << 20).within(Duration.ofMillis(500))))
                .isInstanceOf(TransientException.class)
                .hasMessageEndingWith("did not answer within 0.5 s");
    }

    @Test
    void takesNoMoreThanWasAskedFor() {
        URI address = serve((connection, request, output) -> writeWhole(output, content.length));
        assertThatThrownBy(() -> client.exchange(Request.of("GET", address).takingAtMost(content.length - 1)))
                .isInstanceOf(FaultException.class)
                .hasMessageEndingWith("sends more than 299999 bytes.");
    }

    @Test
    void leavesCredentialsWithTheServerThatTheyAreFor() throws Exception {
        URI address = serve((connection, request, output) -> {
            String there = (connection == 0 ? "http://127.0.0.1:" : "http://localhost:") + server.port();
            if (connection < 2) {
                writeHead(
                        output,
                        "HTTP/1.1 302 Found\nConnection: close\nContent-Length: 0\nLocation: " + there + "/x\n");
            } else {
                writeHead(output, "HTTP/1.1 200 OK\nConnection: close\nContent-Length: 0\n");
            }
        });
        Request request = Request.of("GET", address)
                .authorized(Optional.of("Bearer sesame"))
                .with("X-Other", "kept");
        assertThat(client.exchange(request).status()).isEqualTo(200);
        assertThat(requests()).hasSize(3).allSatisfy(head -> assertThat(head).contains("X-Other: kept"));
        assertThat(requests().get(0)).contains("sesame");
        assertThat(requests().get(1)).contains("sesame");
        assertThat(requests().get(2)).contains("Host: localhost").doesNotContain("sesame");
    }

    @Test
    void returnsRedirectsIfNoneMayBeFollowed() throws Exception {
        URI address = serve((connection, request, output) ->
                writeHead(output, "HTTP/1.1 302 Found\nConnection: close\nContent-Length: 0\nLocation: /elsewhere\n"));
        try (WebClient staying = new WebClient(WebOptions.following(POLICY).withoutRedirects())) {
            assertThat(staying.exchange(Request.of("GET", address)).location()).contains(address.resolve("/elsewhere"));
        }
        assertThat(requests()).hasSize(1);
    }

    @Test
    void leavesNoEncryptedConnectionForOneThatIsNot() {
        URI encrypted = URI.create("https://example.com/");
        RedirectRule.NO_DOWNGRADE.requirePermitted(URI.create("https://example.org/"), encrypted);
        RedirectRule.NO_DOWNGRADE.requirePermitted(encrypted, URI.create("http://example.org/"));
        for (String target : List.of("http://example.com/", "ftp://example.com/", "file:///etc/passwd")) {
            assertThatThrownBy(() -> RedirectRule.NO_DOWNGRADE.requirePermitted(URI.create(target), encrypted))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("nothing would be encrypted");
        }
    }

    @Test
    void waitsAsLongAsItIsAskedToButNotForEver() {
        RetryPolicy policy = new RetryPolicy(9, Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(1));
        assertThat(policy.pause(1, Optional.empty())).isBetween(Duration.ofMillis(75), Duration.ofMillis(125));
        assertThat(policy.pause(3, Optional.empty())).isBetween(Duration.ofMillis(300), Duration.ofMillis(500));
        assertThat(policy.pause(60, Optional.empty())).isBetween(Duration.ofMillis(750), Duration.ofSeconds(1));
        assertThat(policy.pause(1, Optional.of(Duration.ofMillis(700)))).isEqualTo(Duration.ofMillis(700));
        assertThat(policy.pause(1, Optional.of(Duration.ofDays(1)))).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void anEmptyContentIsContent() throws Exception {
        URI address = serve((connection, request, output) ->
                writeHead(output, "HTTP/1.1 200 OK\nConnection: close\nContent-Length: 0\n"));
        assertThat(read(address)).isEqualTo(Arrays.copyOf(content, 0));
    }
}
