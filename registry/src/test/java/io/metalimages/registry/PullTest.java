package io.metalimages.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.registry.image.ImageConfiguration;
import io.metalimages.registry.pull.ImagePlatform;
import io.metalimages.registry.pull.ImageReader;
import io.metalimages.registry.pull.ImageSource;
import io.metalimages.registry.pull.PulledImage;
import io.metalimages.registry.pull.Registries;
import io.metalimages.testing.Command;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images pulled from registries that behave, and from some that don't. */
final class PullTest {

    private static final ImagePlatform PLATFORM = new ImagePlatform("linux", "amd64", "");
    private static final byte[] LAYER = new byte[300_000];

    static {
        new Random(1).nextBytes(LAYER);
    }

    @TempDir
    private Path home;

    private SmallRegistry server;
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> notes = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws IOException {
        server = new SmallRegistry();
        environment.put("HOME", home.toString());
        put(server, "1", LAYER);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private void configure(String text) throws IOException {
        environment.put(
                "CONTAINERS_REGISTRIES_CONF",
                Files.writeString(home.resolve("registries.conf"), text).toString());
    }

    /** An image of one layer, whose archive nobody looks at here. */
    private static Manifest put(SmallRegistry registry, String tag, byte[] layer) {
        byte[] configuration = ImageConfiguration.empty("amd64")
                .complete(Instant.EPOCH, List.of(Digest.of("unpacked")), List.of())
                .bytes();
        registry.putBlob(configuration);
        registry.putBlob(layer);
        Manifest manifest = Manifest.image(
                Descriptor.of(MediaTypes.IMAGE_CONFIGURATION, configuration),
                List.of(Descriptor.of(MediaTypes.GZIP_LAYER, layer)),
                Map.of());
        registry.putManifest(tag, MediaTypes.IMAGE_MANIFEST, manifest.bytes());
        return manifest;
    }

    private ImageSource source(String image) throws IOException {
        return new Registries(environment, notes::add).find(ImageReference.parse(image));
    }

    private byte[] pull(String image) throws IOException, InterruptedException {
        try (ImageSource source = source(image)) {
            PulledImage pulled = new ImageReader(PLATFORM).read(source);
            try (InputStream layer = source.open(pulled.layers().getFirst())) {
                return layer.readAllBytes();
            }
        }
    }

    private String name() {
        return server.name() + "/os/tiny:1";
    }

    private static boolean half(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, LAYER.length);
        exchange.getResponseBody().write(LAYER, 0, LAYER.length / 2);
        exchange.getResponseBody().flush();
        exchange.close();
        return true;
    }

    private String layerPath() {
        return "blobs/sha256:" + Digest.of(LAYER).hex();
    }

    @Test
    void aTagIsResolvedByOneRequestAndADigestByNone() throws Exception {
        assertThat(pull(name())).isEqualTo(LAYER);
        assertThat(server.asked("HEAD", "/manifests/1")).hasSize(1);
        assertThat(server.asked("GET", "/manifests/1")).isEmpty();
        Digest digest = put(server, "1", LAYER).digest();
        server.asked().clear();
        assertThat(pull(server.name() + "/os/tiny@sha256:" + digest.hex())).isEqualTo(LAYER);
        assertThat(server.asked("HEAD", "/manifests/")).isEmpty();
    }

    @Test
    void aRegistryThatTellsNoDigestIsAskedForTheManifest() throws Exception {
        server.before(SmallRegistry.first(10, "HEAD", "/manifests/1", SmallRegistry.status(405, "Allow", "GET")));
        assertThat(pull(name())).isEqualTo(LAYER);
    }

    @Test
    void anImageIsChosenByItsPlatform() throws Exception {
        byte[] mine = "mine".getBytes(StandardCharsets.UTF_8);
        List<Object> manifests = new ArrayList<>();
        manifests.add(entry(put(server, "other", LAYER), "arm64", ""));
        manifests.add(entry(put(server, "mine", mine), "amd64", "v1"));
        manifests.add(entry(put(server, "attestation", LAYER), "unknown", ""));
        server.putManifest("all", MediaTypes.IMAGE_INDEX, index(MediaTypes.IMAGE_INDEX, manifests));
        String docker = "application/vnd.docker.distribution.manifest.list.v2+json";
        server.putManifest("docker", docker, index(docker, manifests));
        server.putManifest(
                "others", MediaTypes.IMAGE_INDEX, index(MediaTypes.IMAGE_INDEX, List.of(manifests.getFirst())));
        assertThat(pull(server.name() + "/os/tiny:all")).isEqualTo(mine);
        assertThat(pull(server.name() + "/os/tiny:docker")).isEqualTo(mine);
        assertThatThrownBy(() -> pull(server.name() + "/os/tiny:others"))
                .hasMessageEndingWith("/os/tiny:others has no image for linux/amd64, but for linux/arm64.");
    }

    private static byte[] index(String type, List<Object> manifests) {
        return JsonDocument.write(Map.of("schemaVersion", 2, "mediaType", type, "manifests", manifests));
    }

    private static Map<String, Object> entry(Manifest manifest, String architecture, String variant) {
        Map<String, Object> entry = new HashMap<>(manifest.descriptor().members());
        entry.put(
                "platform",
                Map.of(
                        "os",
                        architecture.equals("unknown") ? "unknown" : "linux",
                        "architecture",
                        architecture,
                        "variant",
                        variant));
        return entry;
    }

    @Test
    void aDownloadThatBreaksOffGoesOn() throws Exception {
        server.before(SmallRegistry.first(2, "GET", layerPath(), PullTest::half));
        assertThat(pull(name())).isEqualTo(LAYER);
        assertThat(notes).hasSize(2).allMatch(note -> note.contains("Trying again"));
    }

    @Test
    void wrongBytesAreNeverTaken() throws Exception {
        byte[] wrong = LAYER.clone();
        wrong[LAYER.length - 1]++;
        server.before(SmallRegistry.first(1, "GET", layerPath(), exchange -> {
            exchange.sendResponseHeaders(200, wrong.length);
            exchange.getResponseBody().write(wrong);
            return true;
        }));
        assertThatThrownBy(() -> pull(name()))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT))
                .hasMessageContaining(Digest.of(LAYER).hex())
                .hasMessageContaining(Digest.of(wrong).hex());
    }

    @Test
    void sizesThatLieAreTold() throws Exception {
        byte[] longer = new byte[LAYER.length + 1];
        server.before(SmallRegistry.first(1, "GET", layerPath(), exchange -> {
            exchange.sendResponseHeaders(200, longer.length);
            exchange.getResponseBody().write(longer);
            return true;
        }));
        assertThatThrownBy(() -> pull(name())).hasMessageContaining("more bytes than the 300000 that it should have");
        server.before(SmallRegistry.first(1, "GET", layerPath(), exchange -> {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write(LAYER, 0, 5);
            return true;
        }));
        assertThatThrownBy(() -> pull(name())).hasMessageContaining("it has 5 bytes, and should have 300000");
    }

    @Test
    void ofMirrorsTheFirstThatWorksIsTaken() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0)) {
            nobody = socket.getLocalPort();
        }
        configure("""
                [[registry]]
                prefix = "registry.invalid/team"
                location = "registry.invalid/team"
                [[registry.mirror]]
                location = "127.0.0.1:%d/mirror"
                [[registry.mirror]]
                location = "%s/mirror"
                """.formatted(nobody, server.name()));
        assertThat(pull("registry.invalid/team/tiny:1")).isEqualTo(LAYER);
        assertThat(server.asked("HEAD", "/v2/mirror/tiny/manifests/1")).hasSize(1);
        assertThat(notes).anyMatch(note -> note.contains("The next place is asked"));
        long downAsked =
                notes.stream().filter(note -> note.contains(":" + nobody)).count();
        assertThat(downAsked)
                .as("what is down is not asked again for each blob")
                .isEqualTo(2);
        assertThatThrownBy(() -> pull("registry.invalid/team/tiny:2"))
                .hasMessageContaining("None of 127.0.0.1:" + nobody + ", " + server.name() + ", registry.invalid gave");
    }

    @Test
    void whatIsNotThereIsTheUsersMistake() {
        for (String name : List.of(server.name() + "/os/tiny:2", server.name() + "/os/tiny@sha256:" + "0".repeat(64))) {
            assertThatThrownBy(() -> pull(name))
                    .isInstanceOfSatisfying(
                            FaultException.class,
                            fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                    .hasMessageContaining(server.name() + " has no ");
        }
    }

    @Test
    void whatIsNoImageIsNotTaken() {
        server.putManifest(
                "chart",
                MediaTypes.IMAGE_MANIFEST,
                Manifest.image(
                                new Descriptor("application/vnd.cncf.helm.config.v1+json", Digest.of("chart"), 5),
                                List.of(),
                                Map.of())
                        .bytes());
        assertThatThrownBy(() -> pull(server.name() + "/os/tiny:chart"))
                .hasMessageContaining("is no image of a file system: it is application/vnd.cncf.helm.config.v1+json");
    }

    @Test
    void tokensAreAskedForWithTheUsersPassword() throws Exception {
        server.before(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                SmallRegistry.send(exchange, 200, "application/json", "{\"token\": \"good\"}");
                return true;
            }
            if ("Bearer good".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                return false;
            }
            return SmallRegistry.status(
                            401,
                            "WWW-Authenticate",
                            "Bearer realm=\"http://" + server.name() + "/token\",service=\"small\"")
                    .answers(exchange);
        });
        String login = Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));
        Files.createDirectories(home.resolve(".docker"));
        Files.writeString(
                home.resolve(".docker/config.json"),
                "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(server.name(), login));
        assertThat(pull(name())).isEqualTo(LAYER);
        assertThat(server.asked("GET", "/token")).hasSize(1);
        assertThat(server.asked("GET", "/token").getFirst().authorization()).contains("Basic " + login);
    }

    @Test
    void certificatesOfOwnAuthoritiesAreTrusted() throws Exception {
        Path keys = home.resolve("keys.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        List<String> store = List.of("-keystore", keys.toString(), "-storepass", "password", "-alias", "registry");
        List<String> generate = new ArrayList<>(List.of(keytool, "-genkeypair", "-keyalg", "EC", "-dname", "CN=test"));
        generate.addAll(List.of("-ext", "san=ip:127.0.0.1"));
        generate.addAll(store);
        Command.succeed(generate.toArray(String[]::new));
        KeyStore loaded = KeyStore.getInstance(keys.toFile(), "password".toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(loaded, "password".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        try (SmallRegistry encrypted = SmallRegistry.encrypted(context)) {
            put(encrypted, "1", LAYER);
            Path directory = home.resolve(".config/containers/certs.d/" + encrypted.name());
            Files.createDirectories(directory);
            String image = encrypted.name() + "/os/tiny:1";
            assertThatThrownBy(() -> pull(image)).hasMessageContaining("No encrypted connection to");
            configure("[[registry]]\nlocation = '" + encrypted.name() + "'\ninsecure = true\n");
            assertThat(pull(image)).isEqualTo(LAYER);
            configure("");
            List<String> export = new ArrayList<>(List.of(keytool, "-exportcert", "-rfc"));
            export.addAll(List.of("-file", directory.resolve("ca.crt").toString()));
            export.addAll(store);
            Command.succeed(export.toArray(String[]::new));
            assertThat(pull(image)).isEqualTo(LAYER);
            Files.writeString(directory.resolve("ca.crt"), "nonsense");
            assertThatThrownBy(() -> pull(image)).hasMessageContaining("can't be used");
        }
    }
}
