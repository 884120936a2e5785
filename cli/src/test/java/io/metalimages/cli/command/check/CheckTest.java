package io.metalimages.cli.command.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.artifact.CheckCode;
import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Checks small artifacts in processes of their own. */
final class CheckTest {

    @TempDir
    private Path directory;

    private Program program;
    private TinyImage tiny;

    @BeforeEach
    void prepare() throws Exception {
        program = new Program(directory, Map.of());
        tiny = new TinyImage(directory);
        export();
    }

    private void export() throws IOException, InterruptedException {
        tiny.exportTo(image());
    }

    private Path image() {
        return program.images().resolve("tiny/1");
    }

    private void addSecondKernel() throws Exception {
        tiny.file("boot/System.map-6.2", "map");
        export();
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static Set<String> texts(JsonNode array, String member) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(node -> node.get(member).asString())
                .collect(Collectors.toSet());
    }

    @Test
    void goodImageIsFoundByNameDirectoryAndFile() throws Exception {
        for (String image : new String[] {
            "tiny/1", image().toString(), image().resolve("img.tar.lz4").toString()
        }) {
            Program.Run run = program.run("check", image, "--strict");
            assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
            assertThat(run.output()).startsWith(image + "\n").contains("  no errors, no warnings · ");
        }
    }

    @Test
    void errorsAreListedWithReasonAndRemedyAndFail() throws Exception {
        addSecondKernel();
        Program.Run run = program.run("check", "tiny/1");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output())
                .contains("  error MI404 several-kernels: There is more than one kernel")
                .contains("    /boot  There are 6.1.0-1-amd64 and 6.2.\n")
                .contains("    → Remove all but one");
        assertThat(run.errors()).contains("Error: No machine should get this: tiny/1 (4 errors, no warnings).");
        Program.Run quiet = program.run("check", "tiny/1", "--quiet");
        assertThat(quiet.exitCode()).isEqualTo(1);
        assertThat(quiet.output().lines())
                .hasSize(4)
                .contains("error MI404 several-kernels /boot There are 6.1.0-1-amd64 and 6.2.");
    }

    @Test
    void warningsFailOnlyWhenStrict() throws Exception {
        Files.delete(tiny.root().resolve("install.sh"));
        export();
        Program.Run run = program.run("check", "tiny/1");
        assertThat(run.exitCode()).isZero();
        assertThat(run.output()).contains("  warning MI410 installer-missing: ");
        assertThat(program.run("check", "tiny/1", "--strict").exitCode()).isEqualTo(1);
    }

    @Test
    void programsGetJsonAndCodeScanningPagesGetSarif() throws Exception {
        addSecondKernel();
        Path sarif = directory.resolve("check.sarif");
        Program.Run run = program.run("check", "tiny/1", "--json", "--sarif", sarif.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        JsonNode check = json(run.output()).at("/checks/0");
        assertThat(check.get("errors").asInt()).isEqualTo(4);
        assertThat(texts(check.get("findings"), "code")).containsExactlyInAnyOrder("MI404", "MI405", "MI406", "MI407");
        assertThat(json(run.output()).at("/error/exitCode").asInt()).isEqualTo(1);

        JsonNode log = json(Files.readString(sarif));
        assertThat(log.get("version").asString()).isEqualTo("2.1.0");
        JsonNode scan = log.at("/runs/0");
        assertThat(scan.at("/tool/driver/name").asString()).isNotEmpty();
        Set<String> rules = texts(scan.at("/tool/driver/rules"), "id");
        assertThat(rules).hasSize(CheckCode.values().length);
        assertThat(scan.get("results").size()).isEqualTo(4);
        for (JsonNode result : scan.get("results")) {
            assertThat(rules).contains(result.get("ruleId").asString());
            assertThat(result.get("level").asString()).isEqualTo("error");
            assertThat(result.at("/message/text").asString()).isNotEmpty();
            assertThat(result.at("/locations/0/physicalLocation/artifactLocation/uri")
                            .asString())
                    .isEqualTo("images/tiny/1/img.tar.lz4");
            assertThat(result.at("/locations/0/logicalLocations/0/fullyQualifiedName")
                            .asString())
                    .startsWith("/");
        }
    }

    @Test
    void missingImageIsWrongUseWithHint() throws Exception {
        Program.Run run = program.run("check", "tny/1");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors()).contains("There is no image tny/1").contains("Did you mean tiny/1?");
    }

    @Test
    void truncatedImageIsFinding() throws Exception {
        Path tarball = image().resolve("img.tar.lz4");
        byte[] bytes = Files.readAllBytes(tarball);
        Files.write(tarball, Arrays.copyOf(bytes, bytes.length / 2));
        Program.Run run = program.run("check", "tiny/1");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output())
                .contains("MI108 truncated", "MI203 md5-mismatch")
                .doesNotContain("MI403");
        assertThat(run.errors()).doesNotContain("\tat ");
    }

    @Test
    void imageIsFetchedAlthoughTheServerStumbles() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        AtomicInteger asked = new AtomicInteger();
        server.createContext("/", exchange -> {
            try (exchange) {
                Path file = image().resolve(
                                "./" + exchange.getRequestURI().getPath().replace("/store/", ""));
                if (asked.incrementAndGet() <= 2) {
                    exchange.sendResponseHeaders(503, -1);
                } else if (Files.isRegularFile(file)) {
                    byte[] bytes = Files.readAllBytes(file);
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                } else {
                    exchange.sendResponseHeaders(404, -1);
                }
            }
        });
        server.start();
        try {
            String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/store/";
            Program.Run run = program.run("check", address, "--strict");
            assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
            Program.Run missing = program.run("check", address + "other/img.tar.lz4");
            assertThat(missing.exitCode()).isEqualTo(2);
            assertThat(missing.errors()).contains("There is no image at " + address + "other/img.tar.lz4.");
        } finally {
            server.stop(0);
        }
        Program.Run gone =
                program.run("check", "http://127.0.0.1:" + server.getAddress().getPort() + "/");
        assertThat(gone.exitCode()).isEqualTo(4);
        try (Stream<Path> work = Files.list(program.state().resolve("work"))) {
            assertThat(work.filter(Files::isDirectory)).isEmpty();
        }
    }
}
