package io.metalimages.cli.command.register;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.Main;
import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Interruption;
import io.metalimages.common.Digest;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.MetalApi;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ContractInspection;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.object.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Registers the images of a directory with the metal-api of the tests of metalapi, which is a process of its own, as is the
 * program where that matters.
 */
final class RegisterTest {

    private static final String ADMIN_KEY = "the-key-of-the-administrator";
    private static final String VIEW_KEY = "the-key-of-the-viewer";
    private static final String TOKEN = "eyJhbGciOiJub25lIn0.the-token-of-the-administrator.x";
    private static final String DAY = "20230710";
    private static final List<String> IMAGES = List.of("tiny/1", "firewall/3.0-ubuntu");

    @TempDir
    private static Path published;

    private static Process server;
    private static String api;

    @TempDir
    private Path directory;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer web;

    @BeforeAll
    static void startServerAndPublish() throws Exception {
        server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        Path.of("../metalapi/target/test-classes").toAbsolutePath() + ":"
                                + System.getProperty("java.class.path"),
                        "io.metalimages.metalapi.MetalApiServer",
                        "/metal")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        api = Objects.requireNonNull(server.inputReader().readLine(), "metal-api did not start");

        Path tiny = published.resolve("images/tiny/1");
        new TinyImage(published).exportTo(tiny);
        SortedMap<ImageName, ArtifactLocation> images = new TreeMap<>();
        IMAGES.forEach(name -> images.put(ImageName.parse(name), ArtifactLocation.in(tiny)));
        try (ObjectStore store = new StoreLocation(published.resolve("store").toString()).open()) {
            new Publisher(store, new ContractInspection(), Progress.SILENT)
                    .publish(new Publisher.Options(new Channel.Stable(), images, true, false));
        }
    }

    @AfterAll
    static void stopServer() throws IOException {
        // Its input ends, and so does it.
        server.getOutputStream().close();
    }

    @BeforeEach
    void start() throws Exception {
        Path store = store();
        web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/", exchange -> {
            try (exchange) {
                requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                Path file = store.resolve(exchange.getRequestURI().getPath().substring(1));
                if (!Files.isRegularFile(file)) {
                    exchange.sendResponseHeaders(404, -1);
                } else if (exchange.getRequestMethod().equals("HEAD")) {
                    exchange.getResponseHeaders().set("Content-Length", String.valueOf(Files.size(file)));
                    exchange.sendResponseHeaders(200, -1);
                } else {
                    exchange.sendResponseHeaders(200, Files.size(file));
                    Files.copy(file, exchange.getResponseBody());
                }
            }
        });
        web.start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest forget = HttpRequest.newBuilder(URI.create(api).resolve("/everything"))
                    .DELETE()
                    .build();
            assertThat(client.send(forget, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
        }
        copyOfStable("stable");
        copyOfStable(DAY);
    }

    @AfterEach
    void stop() {
        web.stop(0);
    }

    private Path store() {
        return directory.resolve("store");
    }

    private String urlBase() {
        return "http://127.0.0.1:" + web.getAddress().getPort();
    }

    private void copyOfStable(String channel) throws IOException {
        Path stable = published.resolve("store/metal-os/stable");
        Path copy = store().resolve("metal-os/" + channel);
        for (String image : IMAGES) {
            Path target = Files.createDirectories(copy.resolve(image));
            try (Stream<Path> files = Files.list(stable.resolve(image).toRealPath())) {
                for (Path file : files.toList()) {
                    Files.copy(file, target.resolve(file.getFileName()));
                }
            }
        }
        String index = Files.readString(stable.resolve("index.json"));
        Files.writeString(copy.resolve("index.json"), index.replace("\"stable\"", "\"" + channel + "\""));
    }

    private List<String> arguments(String... arguments) {
        List<String> all = new ArrayList<>(List.of("register"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--store", store().toString(), "--url-base", urlBase()));
        return all;
    }

    private Program.Run register(Map<String, String> environment, String... arguments) {
        return run(environment, arguments(arguments));
    }

    private Program.Run run(Map<String, String> environment, List<String> arguments) {
        var output = new ByteArrayOutputStream();
        var errors = new ByteArrayOutputStream();
        Interruption interruption = new Interruption();
        int exitCode = Main.commandLine(new CommandContext(
                        environment,
                        new PrintStream(output, true, StandardCharsets.UTF_8),
                        new PrintStream(errors, true, StandardCharsets.UTF_8),
                        directory,
                        interruption))
                .execute(arguments.toArray(String[]::new));
        interruption.workEnded();
        return new Program.Run(
                exitCode, output.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
    }

    private Program.Run register(String... arguments) {
        return register(Map.of("METALCTL_HMAC", ADMIN_KEY, "METALCTL_API_URL", api), arguments);
    }

    private static void assertDone(Program.Run run) {
        assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
    }

    private JsonNode registered(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        Program.Run run = register(all.toArray(String[]::new));
        assertDone(run);
        return JsonMapper.shared().readTree(run.output()).get("registered");
    }

    @Test
    void aReleaseIsRegisteredOnceAndTold() {
        Program.Run run = register(DAY);

        assertDone(run);
        assertThat(run.output())
                .contains(
                        "firewall-ubuntu-3.0.20230710 · created · firewall · preview · until "
                                + LocalDate.now(ZoneOffset.UTC).plusDays(90),
                        "tiny-1.0.20230710 · created · machine · preview · until ",
                        urlBase() + "/metal-os/20230710/tiny/1/img.tar.lz4",
                        "firewall-ubuntu-3 is firewall-ubuntu-3.0.20230710",
                        "tiny-1 is tiny-1.0.20230710");
        assertThat(run.errors()).contains("look at " + urlBase() + "/metal-os/20230710/tiny/1/img.tar.lz4");
        assertThat(requests)
                .contains(
                        "HEAD /metal-os/20230710/tiny/1/img.tar.lz4", "GET /metal-os/20230710/tiny/1/img.tar.lz4.md5");

        Program.Run again = register(DAY);
        assertDone(again);
        assertThat(again.output())
                .contains("firewall-ubuntu-3.0.20230710 · unchanged", "tiny-1.0.20230710 · unchanged")
                .doesNotContain("created");
        assertThat(register(DAY, "--quiet").output()).isEqualTo("firewall-ubuntu-3.0.20230710\ntiny-1.0.20230710\n");
    }

    @Test
    void metalApiIsToldOfAReleaseThatIsWithdrawn() throws Exception {
        assertDone(register(DAY));
        Map<String, String> environment = Map.of("METALCTL_HMAC", ADMIN_KEY, "METALCTL_API_URL", api);
        Program.Run listed = run(environment, List.of("list", "--store", store().toString()));
        assertDone(listed);
        assertThat(listed.output()).contains("registered as tiny-1.0.20230710", "not registered");
        Program.Run withdrawn = run(environment, List.of("release", DAY, "--withdraw", "--store", store().toString()));
        assertDone(withdrawn);
        assertThat(withdrawn.output())
                .contains(
                        "metal-api gives no machine firewall-ubuntu-3.0.20230710 any more",
                        "metal-api gives no machine tiny-1.0.20230710 any more");
        MetalApiSettings settings = new MetalApiSettings(Optional.empty(), Optional.empty(), Optional.empty());
        try (MetalApi metalApi = new MetalApi(new MetalApiAccess(settings, environment).options(note -> {}))) {
            assertThat(metalApi.images()).hasSize(2).allSatisfy(image -> {
                assertThat(image.classification()).contains(Classification.DEPRECATED);
                assertThat(image.isExpired(Instant.now().plusSeconds(1))).isTrue();
            });
        }
        Program.Run again = register(DAY);
        assertThat(again.exitCode()).isEqualTo(2);
        assertThat(again.errors()).contains(DAY + " was withdrawn");
    }

    @Test
    void whatIsAskedForIsChangedAndNothingElse() throws Exception {
        JsonNode created = registered(DAY, "tiny/1", "--classification", "supported", "--expires", "2099-12-31");
        assertThat(created).hasSize(1);
        assertThat(created.at("/0/outcome").asString()).isEqualTo("CREATED");
        assertThat(created.at("/0/classification").asString()).isEqualTo("supported");
        assertThat(created.at("/0/expires").asString()).isEqualTo("2099-12-31T00:00:00Z");
        assertThat(created.at("/0/name").asString()).isEqualTo("Tiny 1");
        assertThat(created.at("/0/description").asString()).startsWith("tiny/1 of 2023-07-10");
        assertThat(created.at("/0/api").asString()).isEqualTo(api);

        JsonNode again = registered(DAY, "tiny/1");
        assertThat(again.at("/0/outcome").asString()).isEqualTo("UNCHANGED");
        assertThat(again.at("/0/classification").asString()).isEqualTo("supported");
        assertThat(again.at("/0/expires").asString()).isEqualTo("2099-12-31T00:00:00Z");

        JsonNode changed = registered(
                DAY, "tiny/1", "--classification", "deprecated", "--feature", "machine", "--feature", "firewall");
        assertThat(changed.at("/0/outcome").asString()).isEqualTo("CHANGED");
        assertThat(changed.at("/0/features").toString()).isEqualTo("[\"machine\",\"firewall\"]");
        assertThat(changed.at("/0/expires").asString()).isEqualTo("2099-12-31T00:00:00Z");

        String in30Days = LocalDate.now(ZoneOffset.UTC).plusDays(30) + "T00:00:00Z";
        JsonNode expiring =
                registered(DAY, "tiny/1", "--feature", "machine", "--feature", "firewall", "--expires", "30");
        assertThat(expiring.at("/0/expires").asString()).isEqualTo(in30Days);
        assertThat(expiring.at("/0/classification").asString()).isEqualTo("deprecated");
    }

    @Test
    void theMostRecentOneIsTheLatestReleaseWhicheverIsRegisteredLast() throws Exception {
        copyOfStable("20230801");
        assertThat(registered("20230801", "tiny/1").at("/0/mostRecent/id").asString())
                .isEqualTo("tiny-1.0.20230801");

        JsonNode older = registered(DAY, "tiny/1");
        assertThat(older.at("/0/outcome").asString()).isEqualTo("CREATED");
        assertThat(older.at("/0/mostRecent").toString())
                .isEqualTo("{\"asked\":\"tiny-1\",\"id\":\"tiny-1.0.20230801\"}");
    }

    @Test
    void aDryRunTellsAndChangesNothing() throws Exception {
        for (int run = 0; run < 2; run++) {
            Program.Run dry = register(DAY, "--dry-run");
            assertDone(dry);
            assertThat(dry.output())
                    .contains(
                            "tiny-1.0.20230710 · would be created · machine · preview · for 90 days",
                            "tiny-1 would be tiny-1.0.20230710");
        }
        assertThat(requests).contains("HEAD /metal-os/20230710/tiny/1/img.tar.lz4");
    }

    @Test
    void whatIsStableIsRegisteredByItsDayButNotInPlaceOfARelease() throws Exception {
        String today = LocalDate.now(ZoneOffset.UTC).toString().replace("-", "");
        assertThat(registered("stable", "tiny/1").at("/0/id").asString()).isEqualTo("tiny-1.0." + today);
        copyOfStable(today);
        assertThat(registered(today, "tiny/1").at("/0/outcome").asString()).isEqualTo("CHANGED");

        Program.Run stable = register("stable", "tiny/1");
        assertThat(stable.exitCode()).isEqualTo(2);
        assertThat(stable.errors()).contains("is registered with another URL", "metal-images register " + today);
    }

    @Test
    void aPullRequestIsRefused() throws Exception {
        Program.Run run = register("pull_requests/new-kernel");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors()).contains("the most recent ones for everybody", "Next step: Release them first.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "20230711|There is no image in 20230711 of",
                "20230710 tiny/2|There is: firewall/3.0-ubuntu, tiny/1",
                "20230710 --classification best|\"best\" is no classification.",
                "20230710 --feature spaceship|\"spaceship\" is no feature.",
                "20230710 --expires soon|\"soon\" is no time to expire.",
                "20230710 --expires 2020-01-01|With 2020-01-01 the images would have expired.",
                "20230710 --expires 0|With 0 the images would have expired.",
                "20231301|20231301 is not a day.",
                "20230710 --api ftp://example.com|is no address of a metal-api.",
            })
    void whatMakesNoSenseIsRefused(String arguments, String message) throws Exception {
        Program.Run run = register(arguments.split(" "));

        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains(message, "Next step: ").doesNotContain("\tat ");
    }

    @Test
    void anImageThatMachinesWouldNotGetIsNotRegistered() throws Exception {
        Path tarball = store().resolve("metal-os/20230710/tiny/1/img.tar.lz4");
        Files.writeString(tarball.resolveSibling("img.tar.lz4.md5"), "0".repeat(32) + "  img.tar.lz4\n");
        Program.Run other = register(DAY);
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.errors()).contains("/tiny/1/img.tar.lz4 is another image: its .md5 says 000");

        Files.delete(tarball);
        Program.Run lost = register(DAY);
        assertThat(lost.exitCode()).isEqualTo(4);
        assertThat(lost.errors())
                .contains("Nobody could fetch " + urlBase() + "/metal-os/20230710/tiny/1/img.tar.lz4", "answered 404")
                .contains("Next step: See to it that the store is public under that URL");
        assertThat(registered(DAY, "firewall/3.0-ubuntu").at("/0/outcome").asString())
                .as("nothing was registered before, though it came first")
                .isEqualTo("CREATED");
    }

    @Test
    void whoMayOnlyLookIsTold() throws Exception {
        Map<String, String> viewer =
                Map.of("METALCTL_HMAC", VIEW_KEY, "METALCTL_HMAC_AUTH_TYPE", "Metal-View", "METALCTL_API_URL", api);
        assertDone(register(viewer, DAY, "--dry-run"));

        Program.Run run = register(viewer, DAY);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors())
                .contains("answered 403: you are not member in one of", "Next step: Look at Metal-View");
    }

    @Test
    void withoutAddressOrSecretTheVariablesAreNamed() throws Exception {
        Program.Run nowhere = register(Map.of("METALCTL_HMAC", ADMIN_KEY), DAY);
        assertThat(nowhere.exitCode()).isEqualTo(2);
        assertThat(nowhere.errors()).contains("METALCTL_API_URL", "--api");

        Program.Run nobody = register(Map.of(), DAY, "--api", api);
        assertThat(nobody.exitCode()).isEqualTo(2);
        assertThat(nobody.errors()).contains("METALCTL_HMAC", "METALCTL_API_TOKEN");
    }

    /** Waits between the attempts as long as a user has to. */
    @Tag("slow")
    @Test
    void aServerThatIsNotThereIsToldAfterTryingAgain() {
        Program.Run run = register(DAY, "--api", "http://127.0.0.1:1");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.errors()).contains("Trying again (2 of 6).", "failed 6 times: no connection to 127.0.0.1:1");
    }

    /** Looks at what everybody on a machine can see while the program runs, and at all that it leaves. */
    @Test
    void secretsAreSeenNowhere() throws Exception {
        Path keyFile = Files.writeString(directory.resolve("hmac"), ADMIN_KEY + "\n");
        Path tokenFile = Files.writeString(directory.resolve("token"), TOKEN + "\n");
        List<Map<String, String>> environments = List.of(
                Map.of("METALCTL_HMAC", ADMIN_KEY),
                Map.of("METALCTL_API_TOKEN", TOKEN),
                Map.of(),
                Map.of(),
                Map.of("METALCTL_HMAC", ADMIN_KEY + "x"),
                Map.of("METALCTL_API_TOKEN", TOKEN + "x"));
        Map<String, String> nothing =
                Map.of("METALCTL_HMAC", "", "METALCTL_HMAC_AUTH_TYPE", "", "METALCTL_API_TOKEN", "");
        List<List<String>> options = List.of(
                List.of(),
                List.of(),
                List.of("--hmac-file", keyFile.toString()),
                List.of("--token-file", tokenFile.toString()),
                List.of(),
                List.of());
        for (int index = 0; index < environments.size(); index++) {
            List<String> arguments = arguments(DAY, "--verbose", "--api", api);
            arguments.addAll(options.get(index));
            Map<String, String> environment = new HashMap<>(nothing);
            environment.putAll(environments.get(index));
            Program program = new Program(directory, environment);
            Process process = program.start(arguments.toArray(String[]::new));
            List<String> seen = new ArrayList<>();
            while (process.isAlive()) {
                seen.addAll(commandLines(process));
                Thread.sleep(10);
            }
            Program.Run run = program.ended(process);

            assertThat(run.exitCode()).as(run.errors()).isEqualTo(index < 4 ? 0 : 2);
            assertThat(seen).isNotEmpty();
            assertThat(String.join("\n", seen) + run.output() + run.errors())
                    .contains("register")
                    .doesNotContain(ADMIN_KEY, TOKEN);
        }
        assertThat(filesWith(List.of(ADMIN_KEY, TOKEN))).containsExactlyInAnyOrder(keyFile, tokenFile);
    }

    private static List<String> commandLines(Process process) throws IOException {
        List<String> lines = new ArrayList<>();
        for (ProcessHandle handle : Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList()) {
            Path file = Path.of("/proc", String.valueOf(handle.pid()), "cmdline");
            try {
                lines.add(Files.readString(file).replace('\0', ' '));
            } catch (IOException e) {
                assertThat(handle.isAlive())
                        .as("a process that is there can be seen: " + e)
                        .isFalse();
            }
        }
        return lines;
    }

    private List<Path> filesWith(List<String> secrets) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                if (secrets.stream().anyMatch(content::contains)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    @Test
    void whatIsToldFitsTheStore() throws Exception {
        JsonNode registered = registered(DAY, "tiny/1");
        String path = registered.at("/0/url").asString().substring(urlBase().length() + 1);
        assertThat(Digest.ofFile(store().resolve(path)))
                .isEqualTo(Digest.ofFile(published.resolve("images/tiny/1/img.tar.lz4")));
    }
}
