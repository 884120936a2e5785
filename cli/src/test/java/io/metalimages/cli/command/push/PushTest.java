package io.metalimages.cli.command.push;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.cli.InterruptionTest;
import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import io.metalimages.cli.command.ImagePlace;
import io.metalimages.common.Digest;
import io.metalimages.testing.DockerRegistry;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Pushes small artifacts in processes of their own, to Debian's docker-registry and to servers that do their worst. */
final class PushTest {

    private static final Instant EPOCH = Instant.ofEpochSecond(1_700_000_000);

    /** Prints all that an unpacked file has but its content, hard links by the number of their names. */
    private static final String METADATA =
            "find . -mindepth 1 -printf '%P|%y|%m|%U|%G|%T@|%l|%n|' \\( -type d -printf 0 -o -printf %s \\)"
                    + " -printf '\\n' | LC_ALL=C sort";

    @TempDir
    private Path directory;

    private Program program;
    private TinyImage tiny;

    @BeforeEach
    void prepare() throws Exception {
        program = new Program(directory, Map.of("HOME", directory.toString()));
        tiny = new TinyImage(directory);
        export();
    }

    private void export() throws IOException, InterruptedException {
        tiny.exportTo(image());
    }

    private Path image() {
        return program.images().resolve("tiny/1");
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static String succeed(Path where, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + output)
                .isZero();
        return output;
    }

    private static List<Path> below(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isDirectory).toList();
        }
    }

    private void assertNothingLeft() throws IOException {
        assertThat(below(program.state().resolve("work"))).isEmpty();
    }

    @Test
    void pushTellsWhatItDidAndDoesItOnce() throws Exception {
        Path bill = Files.writeString(program.home().resolve("sbom.json"), "{}");
        try (DockerRegistry registry = DockerRegistry.open(directory)) {
            String to = registry.name() + "/team";
            Program.Run first = program.run("push", "tiny/1", "--to", to, "--json");
            assertThat(first.exitCode()).as(first.errors()).isZero();
            assertThat(first.errors()).contains("1/2 done", "2/2 done");
            JsonNode pushed = json(first.output()).at("/pushes/0");
            String digest = pushed.get("digest").asString();
            assertThat(pushed.get("image").asString()).isEqualTo("tiny/1");
            assertThat(pushed.get("tags").toString()).isEqualTo("[\"1-stable\"]");
            assertThat(pushed.get("reference").asString()).isEqualTo(to + "/tiny@" + digest);
            assertThat(pushed.at("/layer/sent").asBoolean()).isTrue();

            Program.Run second = program.run(
                    "push",
                    "images/tiny/1",
                    "--to",
                    to + "/",
                    "--tag",
                    "1",
                    "--tag",
                    "latest",
                    "--attach",
                    bill.getFileName() + ":application/vnd.cyclonedx+json");
            assertThat(second.exitCode()).as(second.errors()).isZero();
            assertThat(second.output())
                    .startsWith("tiny/1\n  tag     " + to + "/tiny:1\n  tag     " + to + "/tiny:latest\n")
                    .contains("image   " + to + "/tiny@" + digest + "\n", " was there already\n")
                    .contains("file    sbom.json · application/vnd.cyclonedx+json · sha256:");

            Program.Run quiet = program.run("push", image().toString(), "--to", to, "--quiet");
            assertThat(quiet.output()).isEqualTo(to + "/tiny@" + digest + "\n");
            assertThat(quiet.errors()).isEmpty();

            Program.Run other = program.run("push", "tiny/1", "--to", to, "--annotation", "revision=abc", "--json");
            assertThat(json(other.output()).at("/pushes/0/digest").asString()).isNotEqualTo(digest);
            assertThat(json(other.output()).at("/pushes/0/layer/sent").asBoolean())
                    .isFalse();
        }
        assertNothingLeft();
    }

    @Test
    void whatTellsOfAnImageRefersToIt() throws Exception {
        tiny.exportWithDocumentsTo(image(), "tiny/1");
        try (DockerRegistry registry = DockerRegistry.open(directory)) {
            Program.Run run = program.run("push", "tiny/1", "--to", registry.name() + "/team", "--json");
            assertThat(run.exitCode()).as(run.errors()).isZero();
            JsonNode push = json(run.output()).at("/pushes/0");
            assertThat(push.path("referrers").values().stream()
                            .map(referrer -> referrer.path("type").asString()))
                    .containsExactly(
                            "application/vnd.cyclonedx+json", "application/spdx+json", "application/vnd.in-toto+json");
            URI manifest = URI.create("http://" + registry.name() + "/v2/team/tiny/manifests/1-stable");
            try (HttpClient client = HttpClient.newHttpClient()) {
                JsonNode annotations = json(client.send(
                                        HttpRequest.newBuilder(manifest)
                                                .header("Accept", "application/vnd.oci.image.manifest.v1+json")
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .body())
                        .path("annotations");
                assertThat(annotations.path("org.opencontainers.image.revision").asString())
                        .isEqualTo("0123456789".repeat(4));
                assertThat(annotations.path("org.opencontainers.image.source").asString())
                        .isEqualTo("https://git.example.org/images");
            }
        }
    }

    /** Files of all kinds that an image may have. */
    private void growTree() throws Exception {
        Path root = tiny.root();
        Path owned = tiny.file("home/metal/owned", "x".repeat(3000));
        Files.setAttribute(owned, "unix:uid", 1000);
        Files.setAttribute(owned, "unix:gid", 42);
        Files.setAttribute(owned, "unix:mode", 0100640);
        Path privileged = tiny.file("usr/bin/privileged", "program");
        TinyImage.program(privileged);
        Files.setAttribute(privileged, "unix:mode", 0104755);
        Files.createLink(root.resolve("usr/bin/same"), privileged);
        Files.createLink(root.resolve("home/same"), privileged);
        Files.createSymbolicLink(root.resolve("dangling"), Path.of("/nowhere/at/all"));
        Files.createDirectory(root.resolve("shared"));
        tiny.file("empty", "");
        tiny.file("long/" + "n".repeat(120) + "/" + "m".repeat(120) + "/ümlaut \\ \"quoted\"", "long name");
        byte[] noise = new byte[3_000_000];
        new Random(1).nextBytes(noise);
        Files.write(root.resolve("noise"), noise);
        Path capable = tiny.file("usr/bin/capable", "program");
        TinyImage.program(capable);
        succeed(root, "setcap", "cap_net_raw+ep", capable.toString());
        succeed(root, "setfattr", "-n", "user.some", "-v", "0x00ff0a00", owned.toString());
        Files.setLastModifiedTime(owned, FileTime.from(EPOCH.minusSeconds(100_000)));
        tiny.exportTo(image());
        Files.setAttribute(root.resolve("shared"), "unix:mode", 041777);
        Files.setLastModifiedTime(root.resolve("shared"), FileTime.from(EPOCH.minusSeconds(5)));
        new ArtifactExporter(new ExportOptions(
                        ModificationTimes.notAfter(EPOCH), new BlockCache(directory.resolve("more-blocks"))))
                .export(root, image(), ExportProgress.SILENT);
    }

    @Test
    void skopeoAndUmociGetTheTreeThatTheTarballHas() throws Exception {
        Host.assumeRoot("unpack owners");
        for (String needed : List.of("skopeo", "umoci", "lz4", "tar")) {
            Host.assumeInstalled(needed, needed);
        }
        Host.assumeInstalled("getfattr", "attr");
        Host.assumeInstalled("setcap", "libcap2-bin");
        growTree();
        try (DockerRegistry registry = DockerRegistry.open(directory)) {
            Program.Run run = program.run("push", "tiny/1", "--to", registry.name() + "/team", "--json");
            assertThat(run.exitCode()).as(run.errors()).isZero();
            String digest = json(run.output()).at("/pushes/0/digest").asString();
            String source = "docker://" + registry.name() + "/team/tiny";
            String config =
                    succeed(directory, "skopeo", "inspect", "--tls-verify=false", "--config", source + "@" + digest);
            assertThat(json(config).get("created").asString()).isEqualTo("2023-11-14T22:13:20Z");
            assertThat(json(config).get("architecture").asString()).isEqualTo("amd64");
            JsonNode manifest =
                    json(succeed(directory, "skopeo", "inspect", "--tls-verify=false", "--raw", source + ":1-stable"));
            assertThat(manifest.get("annotations").toString())
                    .isEqualTo(
                            "{\"io.metal-stack.tarball.sha256\":\""
                                    + Digest.ofFile(image().resolve("img.tar.lz4"))
                                    + "\",\"org.opencontainers.image.created\":\"2023-11-14T22:13:20Z\","
                                    + "\"org.opencontainers.image.title\":\"tiny/1\",\"org.opencontainers.image.version\":\"1\"}");
            succeed(
                    directory,
                    "skopeo",
                    "copy",
                    "--insecure-policy",
                    "--src-tls-verify=false",
                    source + ":1-stable",
                    "oci:copy:one");
        }
        succeed(directory, "umoci", "unpack", "--image", "copy:one", "bundle");
        Path plain = Files.createDirectory(directory.resolve("plain"));
        succeed(
                plain,
                "sh",
                "-c",
                "lz4 -dc " + image()
                        + "/img.tar.lz4 | tar -xp --numeric-owner --delay-directory-restore --xattrs --xattrs-include='*'");

        Path unpacked = directory.resolve("bundle/rootfs");
        assertThat(succeed(unpacked, "sh", "-c", METADATA))
                .isEqualTo(succeed(plain, "sh", "-c", METADATA))
                .contains("shared|d|1777|", "usr/bin/same|f|4755|0|0|", "home/metal/owned|f|640|1000|42|1699900000")
                .contains("|3|7\n"); // three names of one file
        String attributes = "getfattr --recursive --no-dereference --dump --encoding=hex --match=- . | LC_ALL=C sort";
        assertThat(succeed(unpacked, "sh", "-c", attributes))
                .isEqualTo(succeed(plain, "sh", "-c", attributes))
                .contains("security.capability=0x", "user.some=0x00ff0a00");
        succeed(directory, "diff", "-r", "--no-dereference", "bundle/rootfs", "plain");
    }

    /** The content of the file is more than twice the memory. */
    @Test
    void memoryDoesNotGrowWithTheImage() throws Exception {
        try (RandomAccessFile sparse =
                new RandomAccessFile(tiny.file("large", "").toFile(), "rw")) {
            sparse.setLength(200_000_000);
        }
        export();
        try (DockerRegistry registry = DockerRegistry.open(directory)) {
            Program.Run run = program.withJavaOption("-Xmx80m")
                    .withJavaOption("-XX:ActiveProcessorCount=2")
                    .run("push", "tiny/1", "--to", registry.name(), "--json");
            assertThat(run.exitCode()).as(run.errors()).isZero();
            assertThat(json(run.output()).at("/pushes/0/layer/tarBytes").asLong())
                    .isGreaterThan(200_000_000);
        }
    }

    @Test
    void damagedImageIsNotPushed() throws Exception {
        Path tarball = image().resolve("img.tar.lz4");
        byte[] bytes = Files.readAllBytes(tarball);
        Files.write(tarball, Arrays.copyOf(bytes, bytes.length - 10));
        try (DockerRegistry registry = DockerRegistry.open(directory)) {
            Program.Run run = program.run("push", "tiny/1", "--to", registry.name());
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errors())
                    .contains("images/tiny/1/img.tar.lz4 is damaged: ")
                    .contains("Next step: See what else is wrong: metal-images check images/tiny/1/img.tar.lz4");
        }
        assertNothingLeft();
    }

    private HttpServer server(ExecutorService threads, HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                handler.handle(exchange);
            }
        });
        server.start();
        return server;
    }

    private static String name(HttpServer server) {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void whoeverIsRefusedHearsItBeforeTheWorkAndInWords() throws Exception {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpServer server = server(threads, exchange -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
            exchange.sendResponseHeaders(401, -1);
        });
        try {
            Program.Run run = program.run("push", "tiny/1", "--to", name(server) + "/team", "--json");
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.errors())
                    .contains(name(server) + " answered 401.", "Next step: Log in, for instance by: docker login")
                    .doesNotContain("1/2");
            assertThat(json(run.output()).at("/error/exitCode").asInt()).isEqualTo(2);
        } finally {
            server.stop(0);
            threads.shutdownNow();
        }
        assertNothingLeft();
    }

    @Test
    void registryThatFailsIsRemoteAndMissingHelperIsNoted() throws Exception {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpServer server = server(threads, exchange -> exchange.sendResponseHeaders(501, -1));
        try {
            Program.Run run = program.run("push", "tiny/1", "--to", name(server) + "/team");
            assertThat(run.exitCode()).isEqualTo(4);
            assertThat(run.errors()).contains("answered 501");
            Files.createDirectory(directory.resolve(".docker"));
            Files.writeString(directory.resolve(".docker/config.json"), "{\"credsStore\": \"not-installed\"}");
            Program.Run lacking = program.run("push", "tiny/1", "--to", name(server) + "/team");
            assertThat(lacking.exitCode()).isEqualTo(4);
            assertThat(lacking.errors())
                    .contains("docker-credential-not-installed", "is not installed")
                    .contains("answered 501");
        } finally {
            server.stop(0);
            threads.shutdownNow();
        }
    }

    @Test
    void attemptsThatFailAreShownUnlessQuietIsAskedFor() throws Exception {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        AtomicInteger requests = new AtomicInteger();
        HttpServer server = server(
                threads, exchange -> exchange.sendResponseHeaders(requests.getAndIncrement() % 2 == 0 ? 503 : 501, -1));
        try {
            Program.Run run = program.run("push", "tiny/1", "--to", name(server) + "/team");
            assertThat(run.exitCode()).as(run.errors()).isEqualTo(4);
            assertThat(run.errors())
                    .contains(" failed: " + name(server) + " answered 503. Trying again (2 of 6).")
                    .contains("answered 501");
            Program.Run quiet = program.run("push", "tiny/1", "--to", name(server) + "/team", "--quiet");
            assertThat(quiet.errors()).contains("answered 501").doesNotContain("503");
            assertThat(requests).hasValue(4);
        } finally {
            server.stop(0);
            threads.shutdownNow();
        }
    }

    /** The registry takes the upload's beginning and then no more. */
    @Test
    void ctrlCEndsPushAndLeavesNothing() throws Exception {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpServer server = server(threads, exchange -> {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                try {
                    Thread.sleep(Duration.ofDays(1));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        try {
            Process process = program.start("push", "tiny/1", "--to", name(server) + "/team");
            program.awaitErrors(process, "2/2 started");
            InterruptionTest.signal(process);
            Program.Run run = program.ended(process);
            assertThat(run.exitCode()).as(run.errors()).isEqualTo(130);
            assertThat(run.errors()).contains("Interrupted");
        } finally {
            server.stop(0);
            threads.shutdownNow();
        }
        assertNothingLeft();
    }

    @Test
    void namesAndTagsFollowFromThePlace() {
        assertThat(ImagePlace.of("debian/12").tag()).isEqualTo("12-stable");
        assertThat(ImagePlace.of("./images/firewall/3.0-ubuntu").name()).hasToString("firewall/3.0-ubuntu");
        assertThat(ImagePlace.of("/a/images/debian/12/img.tar.lz4").tag()).isEqualTo("12-stable");
        assertThat(ImagePlace.of("https://x.example.com/metal-os/stable/debian/12/img.tar.lz4?y/z")
                        .tag())
                .isEqualTo("12-stable");
        assertThat(ImagePlace.of("https://x.example.com/metal-os/20260101/debian/12/")
                        .tag())
                .isEqualTo("12-20260101");
        assertThat(ImagePlace.named("debian/12").tag()).isEqualTo("12-stable");
    }
}
