package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pushes, publishes and registers with remote sides as they are met in the field: the small servers in {@code
 * src/test/resources/remote}, whose faults are chosen by words.
 */
final class RemoteSidesTest {

    /** More than a registry gets at once, and than a bucket does. */
    private static final int LARGE = 34 << 20;

    @TempDir
    private Path directory;

    private final List<Process> servers = new ArrayList<>();
    private Program program;
    private TinyImage tiny;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeInstalled("python3", "python3");
        tiny = new TinyImage(directory);
        program = with(Map.of());
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process server : servers) {
            server.destroyForcibly().waitFor();
        }
    }

    private Program with(Map<String, String> environment) throws IOException {
        Map<String, String> all = new HashMap<>(Map.of(
                "HOME", directory.toString(), "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY", "example"));
        all.putAll(environment);
        return new Program(directory, all);
    }

    private void build(String name, int noise) throws Exception {
        if (noise > 0) {
            byte[] bytes = new byte[noise];
            new Random(1).nextBytes(bytes);
            Files.write(tiny.file("noise", ""), bytes);
        }
        tiny.exportTo(program.images().resolve(name));
    }

    private int serve(String server, String faults) throws Exception {
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(
                "python3",
                Path.of("src/test/resources/remote", server + ".py")
                        .toAbsolutePath()
                        .toString(),
                Integer.toString(port)));
        if (!server.equals("metalapi")) {
            command.add("log=" + directory.resolve("requests"));
        }
        command.addAll(List.of(faults.strip().split(" ")).stream()
                .filter(fault -> !fault.isEmpty())
                .toList());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("server").toFile())
                .start();
        servers.add(process);
        while (!isOpen(port)) {
            assertThat(process.isAlive())
                    .as(Files.readString(directory.resolve("server")))
                    .isTrue();
            Thread.sleep(50);
        }
        return port;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isOpen(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (ConnectException notYet) {
            return false;
        }
    }

    private List<String> requests() throws IOException {
        return Files.readAllLines(directory.resolve("requests"));
    }

    /** A range after a chunk that means nothing, limits of sizes, manifests that are shown late, proxies' answers to HEAD. */
    @ParameterizedTest
    @CsvSource({
        "range=stuck, true",
        "range=chunk, true",
        "second=416, true",
        "cap=4194304 capput=4194304, true",
        "headlength, false",
        "redirect, false",
        "head405, false",
        "late=2, false",
        "noempty, false",
        "busy=3 after=0, false"
    })
    void registriesAreTaken(String faults, boolean large) throws Exception {
        build("tiny/1", large ? LARGE : 0);
        Path bill = Files.writeString(program.home().resolve("sbom.json"), "{}");
        int port = serve("registry", faults);
        Program.Run run = program.run(
                "push", "tiny/1", "--to", "localhost:" + port + "/team", "--attach", bill + ":application/json");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        Program.Run again = program.run("push", "tiny/1", "--to", "localhost:" + port + "/team");
        assertThat(again.exitCode()).as(again.errors()).isZero();
    }

    /** Headers that are refused, errors in a 200, uploads that are gone, conditions and rights that are not there. */
    @ParameterizedTest
    @CsvSource({
        "b2, false",
        "b2=all, false",
        "nochecksum, false",
        "copy200=1, false",
        "noifmatch, false",
        "nocond, false",
        "ignorecond, false",
        "nodelete, false",
        "race409=2, false",
        "skew=3600, false",
        "slow=2, false",
        "complete200=1, true",
        "nocompletecond, true",
        "stale endless, true",
        "stale noinitiated, true",
        "stayslisted, true",
        "noup=403, true"
    })
    void bucketsAreTaken(String faults, boolean large) throws Exception {
        build("tiny/1", large ? LARGE : 0);
        Program.Run run = publish("s3", faults);
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(requests())
                .filteredOn(request -> request.contains("uploads"))
                .hasSizeLessThan(20);
        List<String> probes =
                requests().stream().filter(request -> request.contains("probe")).toList();
        if (!faults.equals("nodelete")) {
            assertThat(probes).last().asString().startsWith("DELETE ").endsWith("204");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "region=garage, Say region=NAME in the URL",
        "moved, Say region=eu-central-1 in the URL.",
        "missing=403, and at what this account may do with the bucket."
    })
    void whatIsToBeDoneAboutABucketIsTold(String faults, String remedy) throws Exception {
        build("tiny/1", 0);
        Program.Run run = publish("s3", faults);
        assertThat(run.exitCode()).as(run.errors()).isNotZero();
        assertThat(run.errors()).contains(remedy);
    }

    /** More failures than there are attempts; but each attempt comes farther. */
    @ParameterizedTest
    @CsvSource({"gcs, breaks=7", "s3, partslow=7"})
    void anUploadThatMakesProgressDoesNotFail(String server, String faults) throws Exception {
        build("tiny/1", 2 * LARGE);
        Program.Run run = publish(server, faults);
        assertThat(run.exitCode()).as(run.errors()).isZero();
    }

    private Program.Run publish(String server, String faults) throws Exception {
        int port = serve(server, faults);
        String store = server.equals("s3")
                ? "s3://bkt/p?path-style=true&endpoint=http://127.0.0.1:" + port
                : "gs://bkt/p?credentials=none&endpoint=http://127.0.0.1:" + port;
        return program.run("publish", "--create", "tiny/1", "--store", store, "--channel", "stable", "--untested");
    }

    /** The server of a machine's account, which does not listen yet when a pod starts. */
    @Test
    void aMetadataServerThatComesLateIsWaitedFor() throws Exception {
        int metadata = freePort();
        program = with(Map.of("GCE_METADATA_HOST", "127.0.0.1:" + metadata, "CLOUDSDK_CONFIG", "/nonexistent"));
        build("tiny/1", 0);
        int port = serve("gcs", "");
        Process late = new ProcessBuilder(
                        "sh",
                        "-c",
                        "sleep 5; exec python3 "
                                + Path.of("src/test/resources/remote/gcs.py").toAbsolutePath() + " " + metadata)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("late").toFile())
                .start();
        servers.add(late);
        Program.Run run = program.run(
                "publish",
                "--create",
                "tiny/1",
                "--store",
                "gs://bkt/p?endpoint=http://127.0.0.1:" + port,
                "--channel",
                "stable",
                "--untested");
        assertThat(run.exitCode()).as(run.errors()).isZero();
    }

    /** Nothing but the proxy can be reached: names below {@code .invalid} are nobody's. */
    @ParameterizedTest
    @CsvSource({
        "push tiny/1 --to registry.example.invalid/team",
        "catalog --dry-run --store s3://bkt/p?endpoint=https://store.example.invalid&path-style=true",
        "catalog --dry-run --store gs://bkt/p?endpoint=https://store.example.invalid&credentials=none",
        "verify https://store.example.invalid/metal-os/stable/debian/12/"
    })
    void allConnectionsHeedTheProxy(String command) throws Exception {
        build("tiny/1", 0);
        int proxy = serve("registry", "");
        program = with(Map.of("HTTPS_PROXY", "http://127.0.0.1:" + proxy));
        Process process = program.start(command.split(" "));
        try {
            while (requests().stream().noneMatch(request -> request.startsWith("CONNECT "))) {
                assertThat(process.isAlive()).as(program.errors()).isTrue();
                Thread.sleep(50);
            }
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    @Test
    void metalApiGetsNoLeadingZeros() throws Exception {
        build("ubuntu/22.04", 0);
        String store = directory.resolve("store").toString();
        assertSuccess(program.run(
                "publish", "--create", "ubuntu/22.04", "--store", store, "--channel", "stable", "--untested"));
        String today = DateTimeFormatter.BASIC_ISO_DATE.format(LocalDate.now(ZoneOffset.UTC));
        assertSuccess(program.run("release", today, "--store", store, "--untested"));
        int web = freePort();
        servers.add(new ProcessBuilder("python3", "-m", "http.server", Integer.toString(web), "--bind", "127.0.0.1")
                .directory(Path.of(store).toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("web").toFile())
                .start());
        int api = serve("metalapi", "");
        program = with(Map.of("METALCTL_HMAC", "x"));
        Program.Run run = program.run(
                "register",
                today,
                "--store",
                store,
                "--url-base",
                "http://127.0.0.1:" + web,
                "--api",
                "http://127.0.0.1:" + api,
                "--json");
        assertSuccess(run);
        assertThat(run.output()).contains("ubuntu-22.4." + today).contains("/metal-os/" + today + "/ubuntu/22.04/");
    }

    private static void assertSuccess(Program.Run run) {
        assertThat(run.exitCode()).as(run.errors()).isZero();
    }
}
