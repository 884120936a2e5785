package io.metalimages.artifact;

import static io.metalimages.testing.ScriptedWebServer.writeHead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import io.metalimages.testing.ScriptedWebServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches an artifact from a server that does what servers should not. */
final class ArtifactDownloadTest {

    private static final RetryPolicy POLICY =
            new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(1));

    private static final String TARBALL = "/debian/12/img.tar.lz4";
    private static final int BEGINNING = 100_000;

    @TempDir
    private Path into;

    private final byte[] tarball = new byte[300_000];
    private final Map<String, byte[]> files = new HashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final CountDownLatch beginningIsRead = new CountDownLatch(1);
    private final AtomicInteger tarballRequests = new AtomicInteger();
    private final ScriptedWebServer server = new ScriptedWebServer((number, head, output) -> {
        String path = head.split(" ", 3)[1];
        if (path.equals(TARBALL)) {
            tarball(tarballRequests.getAndIncrement(), head, output);
        } else {
            byte[] content = files.get(path);
            if (content == null) {
                refuse(output);
            } else {
                writeHead(output, "HTTP/1.1 200 OK\nConnection: close\nContent-Length: " + content.length + "\n");
                output.write(content);
            }
        }
    });

    private ScriptedWebServer.Script tarballScript = (number, head, output) -> sendFrom(0, "\"one\"", output);

    ArtifactDownloadTest() throws IOException {}

    @BeforeEach
    void publish() {
        new Random(2).nextBytes(tarball);
        put(TARBALL + ".sha256", Digest.of(tarball).hex() + "  img.tar.lz4\n");
        put(TARBALL + ".md5", md5(tarball) + "  img.tar.lz4\n");
        put("/debian/12/packages.txt", "bash 5.2\n");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static String md5(byte[] content) {
        return HexFormat.of().formatHex(Digests.md5().digest(content));
    }

    private void put(String path, String content) {
        files.put(path, content.getBytes(StandardCharsets.UTF_8));
    }

    private void tarball(int number, String head, OutputStream output) throws IOException, InterruptedException {
        tarballScript.answer(number, head, output);
    }

    private static void refuse(OutputStream output) throws IOException {
        writeHead(output, "HTTP/1.1 404 Not Found\nConnection: close\nContent-Length: 0\n");
    }

    private void sendHead(int start, String entityTag, OutputStream output) throws IOException {
        writeHead(
                output,
                (start == 0
                                ? "HTTP/1.1 200 OK\n"
                                : "HTTP/1.1 206 Partial Content\nContent-Range: bytes " + start + "-"
                                        + (tarball.length - 1) + "/" + tarball.length + "\n")
                        + "Connection: close\nETag: " + entityTag + "\nContent-Length: " + (tarball.length - start)
                        + "\n");
    }

    private void sendFrom(int start, String entityTag, OutputStream output) throws IOException {
        sendHead(start, entityTag, output);
        output.write(tarball, start, tarball.length - start);
    }

    /** Ends the connection when the client has what came so far. */
    private void breakOff(OutputStream output) throws IOException, InterruptedException {
        sendHead(0, "\"one\"", output);
        output.write(tarball, 0, BEGINNING);
        output.flush();
        beginningIsRead.await();
    }

    private ArtifactLocation fetch() throws IOException, InterruptedException {
        try (ArtifactDownload download = new ArtifactDownload(POLICY, notes::add)) {
            return download.fetch(server.address("/debian/12/"), into, (done, all) -> {
                if (done >= BEGINNING) {
                    beginningIsRead.countDown();
                }
            });
        }
    }

    private void assertRemoteFaultThatLeavesNothing(String... message) {
        assertThatThrownBy(this::fetch)
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT))
                .message()
                .contains(message);
        assertThat(into).isEmptyDirectory();
    }

    @Test
    void allThatIsThereIsFetched() throws Exception {
        ArtifactLocation location = fetch();
        assertThat(location.files().keySet())
                .containsExactly("img.tar.lz4", "img.tar.lz4.md5", "img.tar.lz4.sha256", "packages.txt");
        assertThat(location.tarball()).hasBinaryContent(tarball);
        assertThat(location.packages()).hasContent("bash 5.2\n");
        try (var names = Files.list(into)) {
            assertThat(names).hasSize(4);
        }
        assertThat(notes).isEmpty();
    }

    @Test
    void aConnectionThatIsCutIsGoneOnWithByAnother() throws Exception {
        tarballScript = (number, head, output) -> {
            if (number == 0) {
                breakOff(output);
            } else {
                assertThat(head).contains("If-Range: \"one\"");
                sendFrom(
                        Integer.parseInt(head.replaceFirst("(?s).*Range: bytes=([0-9]+)-.*", "$1")), "\"one\"", output);
            }
        };
        assertThat(fetch().tarball()).hasBinaryContent(tarball);
        assertThat(tarballRequests).hasValue(2);
        assertThat(server.requests()).anyMatch(head -> head.contains("Range: bytes=" + BEGINNING + "-"));
        assertThat(notes).singleElement().asString().contains(TARBALL + " failed: ", "Trying again (2 of 2).");
    }

    @Test
    void aTarballThatIsReplacedMeanwhileIsNotMixedWithTheOther() {
        tarballScript = (number, head, output) -> {
            if (number == 0) {
                breakOff(output);
            } else {
                sendFrom(0, "\"two\"", output);
            }
        };
        assertRemoteFaultThatLeavesNothing(TARBALL + " changed while it was read.");
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() {
        tarballScript = (number, head, output) -> {
            sendHead(0, "\"one\"", output);
            output.flush();
            server.keepSilent();
        };
        assertRemoteFaultThatLeavesNothing("failed 2 times", "was silent for 1 s");
    }

    @Test
    void aTarballThatIsNotTheOneOfItsSumIsRefused() {
        tarball[150_000] ^= 1;
        assertRemoteFaultThatLeavesNothing(
                TARBALL + " is damaged: its SHA-256 is " + Digest.of(tarball), "img.tar.lz4.sha256 says ");
    }

    @Test
    void md5IsComparedWhereThereIsNothingElse() throws Exception {
        files.remove(TARBALL + ".sha256");
        assertThat(fetch().tarball()).hasBinaryContent(tarball);
        assertThat(notes).isEmpty();
    }

    @Test
    void aTarballThatIsNotTheOneOfItsMd5IsRefused() {
        files.remove(TARBALL + ".sha256");
        tarball[150_000] ^= 1;
        assertRemoteFaultThatLeavesNothing(
                TARBALL + " is damaged: its MD5 is " + md5(tarball), "img.tar.lz4.md5 says ");
    }

    @Test
    void whatCannotBeComparedIsTold() throws Exception {
        files.clear();
        assertThat(fetch().files()).containsOnlyKeys("img.tar.lz4");
        assertThat(notes).singleElement().asString().contains("neither a .sha256 nor a .md5");
    }

    @Test
    void aSumThatIsNoneIsRefused() {
        put(TARBALL + ".sha256", "<html>welcome</html>");
        assertRemoteFaultThatLeavesNothing("img.tar.lz4.sha256 does not begin with the SHA-256");
    }

    @Test
    void aSumThatDoesNotEndIsRefused() {
        put(TARBALL + ".sha256", " ".repeat(1 << 17));
        assertRemoteFaultThatLeavesNothing("sends more than 65536 bytes");
    }

    @Test
    void noTarballIsTheUsersFault() {
        tarballScript = (number, head, output) -> refuse(output);
        assertThatThrownBy(this::fetch)
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                .hasMessageContaining("There is no image at ");
        assertThat(into).isEmptyDirectory();
    }
}
