package io.metalimages.cli.launcher;

import static io.metalimages.cli.launcher.LauncherSandbox.assumeRoot;
import static io.metalimages.cli.launcher.LauncherSandbox.script;
import static io.metalimages.cli.launcher.LauncherSandbox.with;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.metalimages.cli.launcher.LauncherSandbox.ProcessInFlight;
import io.metalimages.cli.launcher.LauncherSandbox.Run;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Launches on a machine without a JDK, with a server that has the archive of one. */
final class LauncherJdkTest {

    private static final int BALLAST = 3_000_000;
    private static final int NO_BODY = -1;

    /** How the server answers. */
    private enum Manner {
        WHOLE,
        /** Sends at most a part of the archive on each connection, but goes on where the client wants it. */
        CUTS,
        /** Sends nothing but the headers. */
        CUTS_AT_ONCE,
        /** As {@link #CUTS} the first time, and then the whole archive from its beginning, whatever the client wants. */
        CUTS_AND_STARTS_OVER,
        NOT_FOUND
    }

    @TempDir
    private Path scratch;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch requested = new CountDownLatch(1);
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private CountDownLatch gate = new CountDownLatch(0);
    private Manner manner = Manner.WHOLE;
    private LauncherSandbox sandbox;
    private Path state;
    private Path commands;
    private HttpServer server;
    private byte[] archive;

    @BeforeEach
    void serveArchive() throws Exception {
        sandbox = new LauncherSandbox(scratch);
        state = Files.createDirectory(scratch.resolve("state"));
        commands = scratch.resolve("commands");
        archive = archiveOfJdk("25.0.2");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(workers);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        workers.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl", "wget"})
    void fetchesAJdkVerifiesItAndFindsItAgainWithoutNetwork(String downloader) throws Exception {
        Map<String, String> environment = environment(downloader);
        Run first = sandbox.launch(environment, "list");
        server.stop(0);
        Run second = sandbox.launch(environment, "list");

        assertThat(first.errors())
                .contains("No JDK 25 or newer on this machine. Fetching one into " + state + "/jdk from " + url())
                .contains("Fetched JDK 25: " + state + "/jdk/");
        assertThat(second.errors()).isEmpty();
        assertThat(List.of(first, second)).allSatisfy(run -> {
            assertThat(run.exitCode()).as(run.errors()).isZero();
            assertThat(run.output()).endsWith("argument: list\n");
        });
        assertThat(requests).hasSize(1);
        assertThatNothingButAJdkIsKept();
    }

    @Test
    void prefersTheMachinesOwnJdk() throws Exception {
        sandbox.telltaleJdk("jdk-25", "25");
        Run run = sandbox.launch(environment("curl"), "list");
        assertThat(run.exitCode()).isZero();
        assertThat(run.errors()).isEmpty();
        assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl", "wget"})
    void goesOnWhereTheConnectionWasCut(String downloader) throws Exception {
        manner = Manner.CUTS;
        Run run = sandbox.launch(environment(downloader), "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).contains("Download interrupted", "Trying again in 1 s");
        assertThat(run.output()).endsWith("argument: list\n");
        assertThat(requests).hasSizeGreaterThan(1).first().asString().isEqualTo("from the beginning");
        assertThat(requests.getLast()).startsWith("bytes=");
        assertThatNothingButAJdkIsKept();
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl", "wget"})
    void startsOverWhereTheServerDoesNotGoOn(String downloader) throws Exception {
        manner = Manner.CUTS_AND_STARTS_OVER;
        Run run = sandbox.launch(environment(downloader), "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).endsWith("argument: list\n");
        assertThatNothingButAJdkIsKept();
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl", "wget"})
    void givesUpWhenEveryConnectionIsCutAndGoesOnWithTheNextStart(String downloader) throws Exception {
        Map<String, String> environment = environment(downloader);
        Path partial = state.resolve("jdk/" + checksum().substring(0, 16) + ".tar.gz.partial");
        Files.createDirectories(partial.getParent());
        Files.write(partial, Arrays.copyOf(archive, 1000));
        manner = Manner.CUTS_AT_ONCE;
        Run cut = sandbox.launch(environment, "list");
        assertThat(cut.exitCode()).as(cut.errors()).isEqualTo(4);
        assertThat(cut.output()).isEmpty();
        assertThat(cut.errors()).contains("could not be fetched from " + url()).contains("What has arrived is kept");
        assertThat(requests).hasSize(5);
        assertThat(partial).hasSize(1000);

        manner = Manner.WHOLE;
        Run whole = sandbox.launch(environment, "list");
        assertThat(whole.exitCode()).as(whole.errors()).isZero();
        assertThat(requests.getLast()).isEqualTo("bytes=1000-");
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl", "wget"})
    void doesNotTryAgainWhatIsNotThere(String downloader) throws Exception {
        manner = Manner.NOT_FOUND;
        Run run = sandbox.launch(environment(downloader), "list");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.errors()).contains("could not be fetched from " + url()).contains("404");
        assertThat(requests).hasSize(1);
    }

    @Test
    void deletesWhatHasAnotherChecksum() throws Exception {
        String wanted = "1".repeat(64);
        Run run = sandbox.launch(with(environment("curl"), "METAL_IMAGES_JDK_SHA256", wanted), "list");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains(wanted).contains(checksum()).contains("deleted");
        assertThat(kept()).isEmpty();
    }

    @Test
    void refusesWhatIsNoJdkThatWillDo() throws Exception {
        archive = archiveOfJdk("21.0.4");
        Run run = sandbox.launch(environment("curl"), "list");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors()).contains("is no JDK 25 or newer");
        assertThat(kept()).isEmpty();
    }

    /** The smaller disk does not hold the archive, the other one not what is in it. */
    @ParameterizedTest
    @CsvSource({"curl, 2m", "wget, 2m", "curl, 4m"})
    void saysHowMuchRoomAJdkNeedsOnAFullDisk(String downloader, String size) throws Exception {
        assumeRoot();
        Map<String, String> environment = with(environment(downloader), "PATH", System.getenv("PATH"));
        String mount = "mount -t tmpfs -o size=" + size + " tmpfs '" + state + "' && PATH='" + commands + "' exec '"
                + sandbox.launcher() + "' list";
        Run run = LauncherSandbox.start(scratch, scratch, environment, List.of("unshare", "--mount", "sh", "-c", mount))
                .end();
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors())
                .contains("No space left in " + state + "/jdk", "MB are free", "needs about 500 MB")
                .contains("METAL_IMAGES_STATE")
                .doesNotContain("interrupted");
    }

    @Test
    void saysWhatWouldBeFetchedWhenItMayNot() throws Exception {
        Map<String, String> pinned = with(
                sandbox.withoutOtherJdks(),
                "METAL_IMAGES_NO_INSTALL",
                "1",
                "METAL_IMAGES_STATE",
                state.toString(),
                "PATH",
                Objects.requireNonNull(environment("curl").get("PATH")));
        Run run = sandbox.launch(pinned, "list");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors())
                .contains("METAL_IMAGES_NO_INSTALL=1 forbids fetching one")
                .contains("JAVA_HOME")
                .contains("https://github.com/adoptium/temurin25-binaries/releases/download/jdk-25.0.2%2B10/"
                        + "OpenJDK25U-jdk_x64_linux_hotspot_25.0.2_10.tar.gz")
                .contains("987387933b64b9833846dee373b640440d3e1fd48a04804ec01a6dbf718e8ab8");

        Run own = sandbox.launch(with(environmentOf(commands), "METAL_IMAGES_NO_INSTALL", "1"), "list");
        assertThat(own.exitCode()).isEqualTo(3);
        assertThat(own.errors()).contains(url()).contains(checksum()).doesNotContain("github");
        assertThat(requests).isEmpty();
        assertThat(state).isEmptyDirectory();
    }

    @Test
    void refusesAUrlWithoutAChecksumAndAChecksumThatIsNone() throws Exception {
        Map<String, String> environment = environment("curl");
        List<Run> runs = List.of(
                sandbox.launch(with(environment, "METAL_IMAGES_JDK_SHA256", ""), "list"),
                sandbox.launch(with(environment, "METAL_IMAGES_JDK_URL", ""), "list"),
                sandbox.launch(with(environment, "METAL_IMAGES_JDK_SHA256", "cafe"), "list"));
        assertThat(runs).allSatisfy(run -> {
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.output()).isEmpty();
            assertThat(run.errors()).contains("METAL_IMAGES_JDK_SHA256");
        });
        assertThat(requests).isEmpty();
    }

    @Test
    void saysThatNoneIsPinnedForAnotherProcessor() throws Exception {
        Map<String, String> environment = environment("curl");
        script(commands.resolve("uname"), "#!/bin/sh\necho riscv64\n");
        Run own = sandbox.launch(environment, "list");
        Run pinned = sandbox.launch(
                with(
                        environment,
                        "METAL_IMAGES_JDK_URL",
                        "",
                        "METAL_IMAGES_JDK_SHA256",
                        "",
                        "METAL_IMAGES_STATE",
                        "/x"),
                "list");
        assertThat(own.exitCode()).as(own.errors()).isZero();
        assertThat(pinned.exitCode()).isEqualTo(3);
        assertThat(pinned.errors()).contains("none is pinned for the processor riscv64", "METAL_IMAGES_JDK_URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"curl http_proxy", "curl HTTP_PROXY", "wget http_proxy", "wget HTTP_PROXY"})
    void goesThroughTheProxyOfTheEnvironment(String downloaderAndVariable) throws Exception {
        String[] parts = downloaderAndVariable.split(" ", 2);
        String elsewhere = "http://jdk.invalid/jdk.tar.gz";
        Map<String, String> environment =
                with(environment(parts[0]), "METAL_IMAGES_JDK_URL", elsewhere, parts[1], url("/"));
        Run run = sandbox.launch(environment, "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(requests).hasSize(1);
        assertThat(run.output()).endsWith("argument: list\n");
    }

    @Test
    void ofTwoAtOnceOneFetchesAndTheOtherWaits() throws Exception {
        gate = new CountDownLatch(1);
        Map<String, String> environment = environment("curl");
        ProcessInFlight first = sandbox.start(environment, "list");
        requested.await();
        ProcessInFlight second = sandbox.start(environment, "list");
        while (!Files.readString(second.errors()).contains("Waiting for another launcher")) {
            TimeUnit.MILLISECONDS.sleep(20);
            assertThat(second.process().isAlive()).isTrue();
        }
        gate.countDown();
        assertThat(List.of(first.end(), second.end())).allSatisfy(run -> {
            assertThat(run.exitCode()).as(run.errors()).isZero();
            assertThat(run.output()).endsWith("argument: list\n");
        });
        assertThat(requests).hasSize(1);
        assertThatNothingButAJdkIsKept();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leavesNoProcessWhenItIsKilledAndStartsAgain(boolean forcibly) throws Exception {
        gate = new CountDownLatch(1);
        Map<String, String> environment = environment("curl");
        ProcessInFlight launch = sandbox.start(environment, "list");
        requested.await();
        List<ProcessHandle> children = launch.process().descendants().toList();
        assertThat(children).isNotEmpty();
        if (forcibly) {
            launch.process().destroyForcibly();
        } else {
            launch.process().destroy();
        }
        assertThat(launch.process().waitFor()).isNotZero();
        for (ProcessHandle child : children) {
            child.onExit().get();
        }

        gate.countDown();
        Run run = sandbox.launch(environment, "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThatNothingButAJdkIsKept();
    }

    @Test
    void installsCurlIfThereIsNothingToFetchWith() throws Exception {
        assumeRoot();
        Map<String, String> environment = environment("curl");
        Path curl = Files.move(commands.resolve("curl"), scratch.resolve("curl"));
        script(commands.resolve("apt-get"), """
                #!/bin/sh
                case "$*" in *' install '*' curl ca-certificates') cp '%s' '%s' ;; esac
                """.formatted(curl, commands));
        Run run = sandbox.launch(environment, "list");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.errors()).contains("Installing curl to fetch a JDK");
    }

    private void assertThatNothingButAJdkIsKept() throws IOException {
        assertThat(kept()).singleElement().asString().isEqualTo(checksum().substring(0, 16));
    }

    private List<String> kept() throws IOException {
        try (Stream<Path> files = Files.list(state.resolve("jdk"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("lock"))
                    .toList();
        }
    }

    private Map<String, String> environment(String downloader) throws IOException {
        if (!Files.exists(commands)) {
            sandbox.commandsExcept();
        }
        List<String> missing = new ArrayList<>(List.of("curl", "wget"));
        missing.remove(downloader);
        for (String name : missing) {
            Files.deleteIfExists(commands.resolve(name));
        }
        return environmentOf(commands);
    }

    private Map<String, String> environmentOf(Path path) {
        return with(
                sandbox.withoutOtherJdks(),
                "PATH",
                path.toString(),
                "METAL_IMAGES_STATE",
                state.toString(),
                "METAL_IMAGES_JDK_URL",
                url(),
                "METAL_IMAGES_JDK_SHA256",
                checksum());
    }

    private String url() {
        return url("/jdk.tar.gz");
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private String checksum() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(archive));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] archiveOfJdk(String version) throws Exception {
        Path tree = Files.createDirectories(scratch.resolve("archive-" + version));
        Path jdk = LauncherSandbox.telltaleJdk(tree.resolve("jdk-" + version), version);
        byte[] ballast = new byte[BALLAST];
        new Random(1).nextBytes(ballast);
        Files.write(jdk.resolve("modules"), ballast);
        Path file = scratch.resolve(version + ".tar.gz");
        Run tar = LauncherSandbox.start(
                        scratch, tree, Map.of(), List.of("tar", "-czf", file.toString(), "jdk-" + version))
                .end();
        assertThat(tar.exitCode()).as(tar.errors()).isZero();
        return Files.readAllBytes(file);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(range == null ? "from the beginning" : range);
        requested.countDown();
        try (exchange) {
            gate.await();
            if (manner == Manner.NOT_FOUND) {
                exchange.sendResponseHeaders(404, NO_BODY);
                return;
            }
            boolean goesOn = range != null && manner != Manner.CUTS_AND_STARTS_OVER;
            int offset = goesOn ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
            if (goesOn) {
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes " + offset + "-" + (archive.length - 1) + "/" + archive.length);
            }
            exchange.sendResponseHeaders(goesOn ? 206 : 200, archive.length - offset);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(archive, offset, Math.min(archive.length - offset, lengthOfAnswer()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int lengthOfAnswer() {
        return switch (manner) {
            case CUTS -> archive.length / 2 - 1000;
            case CUTS_AT_ONCE, NOT_FOUND -> 0;
            case CUTS_AND_STARTS_OVER -> requests.size() == 1 ? 1000 : archive.length;
            case WHOLE -> archive.length;
        };
    }
}
