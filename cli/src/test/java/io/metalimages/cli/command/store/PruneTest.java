package io.metalimages.cli.command.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ContractInspection;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.RetryingStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Prunes a directory with two releases, in processes of their own; what metal-api answers is set by each test. */
final class PruneTest {

    private static final String[] NO_ARGUMENTS = {};

    @TempDir
    private Path directory;

    private volatile int status = 200;
    private volatile String answer = "[]";
    private HttpServer api;

    @BeforeEach
    void prepare() throws Exception {
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/v1/image", exchange -> {
            try (exchange) {
                byte[] body = answer.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        api.start();
        TinyImage tiny = new TinyImage(directory);
        try (ObjectStore store = new StoreLocation(store().toString()).open()) {
            for (String day : new String[] {"20230101", "20230201"}) {
                tiny.file("etc/day", day);
                Path image = directory.resolve("images").resolve(day).resolve("tiny/1");
                tiny.exportTo(image);
                new Publisher(
                                store,
                                new ContractInspection(),
                                RetryingStore.FIRST_PAUSE,
                                InstantSource.fixed(published(day)),
                                Progress.SILENT)
                        .publish(new Publisher.Options(
                                new Channel.Stable(),
                                new TreeMap<>(Map.of(ImageName.parse("tiny/1"), ArtifactLocation.in(image))),
                                true,
                                false));
                Releaser releaser = new Releaser(store, Progress.SILENT);
                releaser.perform(
                        releaser.plan(new Releaser.Options(
                                (Channel.Release) Channel.parse(day), new Channel.Stable(), LocalDate.MAX, true)),
                        PublicUrl.parse("https://images.example.com"),
                        false);
            }
        }
    }

    private static Instant published(String day) {
        return ((Channel.Release) Channel.parse(day))
                .date()
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
    }

    @AfterEach
    void stop() {
        api.stop(0);
    }

    private Path store() {
        return directory.resolve("store");
    }

    private String address() {
        return "http://127.0.0.1:" + api.getAddress().getPort();
    }

    private Program.Run run(String... more) throws IOException, InterruptedException {
        String[] arguments = new String[more.length + 5];
        System.arraycopy(
                new String[] {"prune", "--store", store().toString(), "--keep-releases", "1"}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return new Program(directory, Map.of("METALCTL_API_URL", "", "METALCTL_HMAC", "secret-of-the-tests"))
                .run(arguments);
    }

    private static void assertDone(Program.Run run) {
        assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
    }

    private void assertOldReleaseIsThere(boolean there) {
        assertThat(Files.exists(store().resolve("metal-os/20230101/tiny/1/img.tar.lz4")))
                .isEqualTo(there);
        assertThat(store().resolve("metal-os/20230201/tiny/1/img.tar.lz4")).exists();
        assertThat(store().resolve("metal-os/stable/tiny/1/img.tar.lz4")).exists();
    }

    @Test
    void prunedReleaseIsToldAndCanBePutBack() throws Exception {
        Program.Run plan = run(NO_ARGUMENTS);
        assertDone(plan);
        assertThat(plan.output())
                .contains("  goes  20230101/tiny/1 · released ", "1 release is newer", "To do it: --yes");
        assertThat(plan.errors()).contains("No metal-api is named");
        Program.Run unsure = run("--yes");
        assertThat(unsure.exitCode()).isEqualTo(2);
        assertThat(unsure.errors()).contains("nobody can tell which images are in use", "--none-registered");
        assertOldReleaseIsThere(true);

        Program.Run done = run("--yes", "--none-registered");
        assertDone(done);
        assertThat(done.output()).contains("  went  20230101/tiny/1", "deleted 0 contents (0 B)");
        assertOldReleaseIsThere(false);
        JsonNode json = JsonMapper.shared().readTree(run("--json").output());
        assertThat(json.at("/restorable/0/channel").asString()).isEqualTo("20230101");
        assertThat(json.at("/going").size()).isZero();

        Program.Run back = run("--restore", "20230101");
        assertDone(back);
        assertThat(back.output()).contains("20230101/tiny/1 is back");
        assertOldReleaseIsThere(true);
        assertThat(run("--quiet").output()).isEqualTo("metal-os/20230101/tiny/1\n");
    }

    @Test
    void metalApiDecidesAndItsSilenceEndsTheWork() throws Exception {
        answer = """
                [{"id": "tiny-1.0.20230101", "url": "https://images.example.com/x", "features": ["machine"],
                  "expirationDate": "2023-02-01T00:00:00.000Z", "usedby": ["machine"]}]
                """;
        Program.Run kept = run("--yes", "--api", address());
        assertDone(kept);
        assertThat(kept.output())
                .contains("  stays 20230101/tiny/1 · metal-api has it as tiny-1.0.20230101, and machines");
        assertOldReleaseIsThere(true);

        answer = "[]";
        Program.Run empty = run("--yes", "--api", address());
        assertThat(empty.exitCode()).isEqualTo(2);
        assertThat(empty.errors()).contains("metal-api lists no image at all", "--none-registered");
        assertOldReleaseIsThere(true);

        status = 403;
        answer = "{\"statuscode\": 403, \"message\": \"no\"}";
        Program.Run refused = run("--yes", "--none-registered", "--api", address());
        assertThat(refused.exitCode()).as(refused.errors()).isNotZero();
        assertThat(refused.errors()).doesNotContain("secret-of-the-tests", "\tat ");
        assertOldReleaseIsThere(true);
    }

    @Test
    void wrongUseIsRefused() throws Exception {
        for (String[] wrong : new String[][] {
            {"--yes", "--dry-run"},
            {"--trash-days", "0"},
            {"--releases-days", "-1"},
            {"--restore", "nowhere"},
            {"--restore", "stable"}
        }) {
            Program.Run run = run(wrong);
            assertThat(run.exitCode()).as(run.output() + run.errors()).isEqualTo(2);
            assertThat(run.errors()).contains("Next step: ").doesNotContain("\tat ");
        }
        assertOldReleaseIsThere(true);
    }
}
