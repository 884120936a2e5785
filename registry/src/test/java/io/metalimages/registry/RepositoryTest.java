package io.metalimages.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import io.metalimages.registry.image.ImageDescription;
import io.metalimages.registry.image.ImagePush;
import io.metalimages.registry.image.Layer;
import io.metalimages.registry.image.LayerWriter;
import io.metalimages.registry.image.PushedImage;
import io.metalimages.testing.DockerRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against Debian's docker-registry, which has no API for referrers. */
final class RepositoryTest {

    static final RegistryOptions SMALL_CHUNKS = new RegistryOptions(
            false,
            new RetryPolicy(4, Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMinutes(1)),
            100_000,
            note -> {});

    private static final ImageDescription DESCRIPTION = new ImageDescription(
            "amd64", Instant.ofEpochSecond(1_700_000_000), Map.of("org.opencontainers.image.title", "tiny/1"));

    @TempDir
    private Path directory;

    private static CredentialFiles nobody() {
        return new CredentialFiles(Map.of());
    }

    private Path file(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(directory.resolve(name), bytes);
    }

    private static Descriptor descriptor(Path file) throws IOException {
        return new Descriptor(MediaTypes.ANY_BYTES, Digest.ofFile(file), Files.size(file));
    }

    private Layer layer(int size) throws IOException {
        try (LayerWriter writer = new LayerWriter(directory.resolve("layer"))) {
            writer.write(Files.readAllBytes(file("plain", size)));
            return writer.finish();
        }
    }

    @Test
    void blobsOfAllSizesArriveWhole() throws Exception {
        try (DockerRegistry server = DockerRegistry.open(directory);
                Registry registry = new Registry(server.name(), SMALL_CHUNKS, nobody())) {
            Repository repository = registry.repository("tests/blobs");
            for (int size : new int[] {0, 1, 99_999, 100_000, 100_001, 200_000, 1_234_567}) {
                Path file = file("blob", size);
                Descriptor blob = descriptor(file);
                List<Long> heard = new ArrayList<>();
                assertThat(repository.blobs().contains(blob)).isFalse();
                repository.blobs().upload(blob, file, (done, all) -> {
                    assertThat(all).isEqualTo(size);
                    heard.add(done);
                });
                assertThat(heard).isSorted().endsWith((long) size);
                assertThat(repository.blobs().contains(blob)).isTrue();
                Path copy = directory.resolve("copy");
                repository.blobs().download(blob, copy, TransferProgress.SILENT);
                assertThat(copy).hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void pushIsTheSameTwiceAndSendsNothingTwice() throws Exception {
        try (DockerRegistry server = DockerRegistry.open(directory);
                Registry registry = new Registry(server.name(), SMALL_CHUNKS, nobody())) {
            Repository repository = registry.repository("tests/tiny");
            ImagePush push = new ImagePush(repository);
            PushedImage first =
                    push.push(layer(500_000), DESCRIPTION, List.of("1-stable"), List.of(), TransferProgress.SILENT);
            PushedImage second = push.push(
                    layer(500_000), DESCRIPTION, List.of("1-stable", "other"), List.of(), TransferProgress.SILENT);
            assertThat(first.layerWasThere()).isFalse();
            assertThat(second.layerWasThere()).isTrue();
            assertThat(second.manifest()).isEqualTo(first.manifest());
            assertThat(repository.tags().list()).containsExactlyInAnyOrder("1-stable", "other");

            Manifest manifest = repository.manifests().find("1-stable").orElseThrow();
            assertThat(manifest.descriptor()).isEqualTo(first.manifest());
            assertThat(manifest.layers()).containsExactly(first.layer().descriptor());
            assertThat(manifest.annotations()).isEqualTo(DESCRIPTION.annotations());
            Path configuration = directory.resolve("configuration");
            repository.blobs().download(manifest.configuration().orElseThrow(), configuration, TransferProgress.SILENT);
            assertThat(Files.readString(configuration))
                    .contains("\"created\":\"2023-11-14T22:13:20Z\"", "\"architecture\":\"amd64\"", "\"os\":\"linux\"")
                    .contains("sha256:" + Digest.ofFile(directory.resolve("plain")))
                    .contains("\"Labels\":{\"org.opencontainers.image.title\":\"tiny/1\"}");
        }
    }

    @Test
    void furtherTagsNeedNoBlobs() throws Exception {
        try (DockerRegistry server = DockerRegistry.open(directory);
                Registry registry = new Registry(server.name(), SMALL_CHUNKS, nobody())) {
            Repository repository = registry.repository("tests/tiny");
            PushedImage image = new ImagePush(repository)
                    .push(layer(1000), DESCRIPTION, List.of("12-stable"), List.of(), TransferProgress.SILENT);
            repository.tags().set(image.manifest().digest(), List.of("12", "latest", "12-20260101"));
            repository.tags().set(image.manifest().digest(), List.of("latest"));
            assertThat(repository.tags().list()).containsExactlyInAnyOrder("12", "12-20260101", "12-stable", "latest");
            assertThat(repository.manifests().find("latest").orElseThrow().descriptor())
                    .isEqualTo(image.manifest());
            assertThatThrownBy(() -> repository.tags().set(Digest.of("nothing"), List.of("x")))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("There is no image " + server.name() + "/tests/tiny@sha256:");
            assertThatThrownBy(() -> repository.tags().set(image.manifest().digest(), List.of("right", "-wrong")))
                    .hasMessageContaining("\"-wrong\" is no tag");
            assertThat(repository.manifests().find("right")).isEmpty();
        }
    }

    @Test
    void referrersAreListedByTagWhereThereIsNoApi() throws Exception {
        try (DockerRegistry server = DockerRegistry.open(directory);
                Registry registry = new Registry(server.name(), SMALL_CHUNKS, nobody())) {
            Repository repository = registry.repository("tests/tiny");
            Attachment bill = new Attachment(file("sbom.json", 300_000), "application/vnd.cyclonedx+json", Map.of());
            Attachment provenance =
                    new Attachment(file("provenance.json", 10), "application/vnd.in-toto+json", Map.of("x.y", "z"));
            PushedImage image = new ImagePush(repository)
                    .push(layer(10), DESCRIPTION, List.of("1"), List.of(bill, provenance), TransferProgress.SILENT);
            Digest subject = image.manifest().digest();
            assertThat(repository.referrers().of(subject, Optional.empty())).isEqualTo(image.referrers());
            assertThat(repository.referrers().of(subject, Optional.of("application/vnd.in-toto+json")))
                    .containsExactly(image.referrers().get(1));
            assertThat(image.referrers().get(1).annotations()).isEqualTo(Map.of("x.y", "z"));
            assertThat(repository.referrers().attach(image.manifest(), bill))
                    .isEqualTo(image.referrers().getFirst());
            assertThat(repository.referrers().of(subject, Optional.empty())).hasSize(2);
            assertThat(repository.referrers().of(Digest.of("another"), Optional.empty()))
                    .isEmpty();

            Manifest referrer = repository
                    .manifests()
                    .find(image.referrers().getFirst().digest())
                    .orElseThrow();
            assertThat(referrer.subject()).contains(image.manifest());
            Path copy = directory.resolve("copy");
            repository.blobs().download(referrer.layers().getFirst(), copy, TransferProgress.SILENT);
            assertThat(copy).hasSameBinaryContentAs(bill.file());
            assertThat(referrer.layers().getFirst().annotations())
                    .isEqualTo(Map.of("org.opencontainers.image.title", "sbom.json"));
        }
    }

    /** Each reads the list, adds itself and writes it, and the registry does not notice who comes between. */
    @Test
    void whatIsAttachedAtOnceIsAllListed() throws Exception {
        try (DockerRegistry server = DockerRegistry.open(directory);
                Registry registry = new Registry(server.name(), SMALL_CHUNKS, nobody())) {
            Repository repository = registry.repository("tests/tiny");
            Descriptor image = new ImagePush(repository)
                    .push(layer(10), DESCRIPTION, List.of(), List.of(), TransferProgress.SILENT)
                    .manifest();
            List<Descriptor> attached = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                List<Future<Descriptor>> running = new ArrayList<>();
                for (int number = 0; number < 8; number++) {
                    Attachment attachment = new Attachment(file("a" + number, 10 + number), "text/plain", Map.of());
                    running.add(threads.submit(() -> repository.referrers().attach(image, attachment)));
                }
                for (Future<Descriptor> each : running) {
                    attached.add(each.get());
                }
            }
            assertThat(repository.referrers().of(image.digest(), Optional.empty()))
                    .containsExactlyInAnyOrderElementsOf(attached);
        }
    }

    @Test
    void blobsAreMountedFromOtherRepositories() throws Exception {
        try (DockerRegistry server = DockerRegistry.open(directory);
                Registry registry = new Registry(server.name(), SMALL_CHUNKS, nobody())) {
            Path file = file("blob", 1000);
            Descriptor blob = descriptor(file);
            registry.repository("tests/one").blobs().upload(blob, file, TransferProgress.SILENT);
            Repository other = registry.repository("tests/other");
            assertThat(other.blobs().mount(blob, "tests/nothing")).isFalse();
            assertThat(other.blobs().contains(blob)).isFalse();
            assertThat(other.blobs().mount(blob, "tests/one")).isTrue();
            assertThat(other.blobs().contains(blob)).isTrue();
        }
    }

    @Test
    void registryThatWantsPasswordGetsItAndNobodyElseSeesIt() throws Exception {
        String password = "pässword with: colon";
        try (DockerRegistry server = DockerRegistry.withPassword(directory, "robot", password)) {
            ImageReference name = ImageReference.parse(server.name() + "/tests/tiny");
            Layer layer = layer(200_000);
            try (Registry registry =
                    new Registry(server.name(), SMALL_CHUNKS, login(name.registry(), "robot:" + password))) {
                Repository repository = registry.repository(name.repository());
                new ImagePush(repository).push(layer, DESCRIPTION, List.of("1"), List.of(), TransferProgress.SILENT);
                assertThat(repository.tags().list()).containsExactly("1");
            }
            for (CredentialFiles others : List.of(nobody(), login(name.registry(), "robot:wrong"))) {
                try (Registry registry = new Registry(server.name(), SMALL_CHUNKS, others)) {
                    assertThatThrownBy(() -> new ImagePush(registry.repository(name.repository()))
                                    .push(layer, DESCRIPTION, List.of("2"), List.of(), TransferProgress.SILENT))
                            .isInstanceOfSatisfying(FaultException.class, fault -> {
                                assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                                assertThat(fault.getMessage()).contains("401").doesNotContain("wrong");
                                assertThat(fault.remedy().orElse("")).contains("docker login " + server.name());
                            });
                }
            }
        }
    }

    private CredentialFiles login(String registry, String userAndPassword) throws IOException {
        String auth = Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
        Files.writeString(
                directory.resolve("config.json"), "{\"auths\": {\"" + registry + "\": {\"auth\": \"" + auth + "\"}}}");
        return new CredentialFiles(Map.of("DOCKER_CONFIG", directory.toString()));
    }

    @Test
    void whatIsNotThereIsSaidToBeSo() throws Exception {
        try (DockerRegistry server = DockerRegistry.open(directory);
                Registry registry = new Registry(server.name(), SMALL_CHUNKS, nobody())) {
            Repository repository = registry.repository("tests/nothing");
            assertThat(repository.manifests().find("latest")).isEmpty();
            assertThat(repository.manifests().find(Digest.of("nothing"))).isEmpty();
            Descriptor nothing = new Descriptor("text/plain", Digest.of("nothing"), 7);
            assertThat(repository.blobs().contains(nothing)).isFalse();
            assertThatThrownBy(() ->
                            repository.blobs().download(nothing, directory.resolve("copy"), TransferProgress.SILENT))
                    .isInstanceOfSatisfying(
                            FaultException.class,
                            fault -> assertThat(fault.getMessage())
                                    .contains(
                                            "answered 404: BLOB_UNKNOWN",
                                            nothing.digest().hex()));
        }
    }
}
