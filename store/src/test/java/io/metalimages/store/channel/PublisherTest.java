package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.FaultyStore;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishes small images into a directory. */
final class PublisherTest {

    private static final Channel STABLE = new Channel.Stable();
    private static final ImageName DEBIAN = ImageName.parse("debian/12");
    private static final ImageName FIREWALL = ImageName.parse("firewall/3.0-ubuntu");

    @TempDir
    private Path directory;

    private final ConcurrentLinkedQueue<Progress.Event> events = new ConcurrentLinkedQueue<>();

    private Path root() {
        return directory.resolve("store");
    }

    private Path images() {
        return directory.resolve("images");
    }

    private ArtifactLocation tested(ImageName name, long seed) throws IOException {
        return SampleArtifact.tested(images().resolve(name.toString()), name, 50_000, seed);
    }

    private Publisher publisher(ObjectStore store) {
        return new Publisher(
                store, SampleArtifact.INSPECTION, Duration.ofNanos(1000), InstantSource.system(), events::add);
    }

    private static Publisher.Options options(Channel channel, ImageName name, ArtifactLocation location) {
        return new Publisher.Options(channel, new TreeMap<>(Map.of(name, location)), false, false);
    }

    private List<Publisher.Published> publish(ImageName name, ArtifactLocation location) throws IOException {
        return publisher(DirectoryStore.in(root())).publish(options(STABLE, name, location));
    }

    private ChannelIndex index() throws IOException {
        return ChannelIndex.parse(
                Files.readAllBytes(root().resolve("metal-os/stable/index.json")), STABLE, "the index");
    }

    private void assertShown(ImageName name, ArtifactLocation location) {
        Path shown = root().resolve("metal-os/stable").resolve(name.toString());
        for (Path file : List.of(location.tarball(), location.md5File(), location.sha256File(), location.packages())) {
            assertThat(shown.resolve(file.getFileName())).hasSameBinaryContentAs(file);
        }
    }

    /** All that can be told of what is in the store. */
    private List<String> state() throws IOException {
        List<String> state = new ArrayList<>();
        if (Files.exists(root())) {
            try (Stream<Path> files = Files.walk(root())) {
                for (Path file : files.sorted().toList()) {
                    state.add(file + " " + (Files.isRegularFile(file) ? Fingerprint.ofFile(file) : ""));
                }
            }
        }
        return state;
    }

    @Test
    void publishedImagesAreInTheIndexAndUnderTheirPlainNames() throws Exception {
        ArtifactLocation location = tested(FIREWALL, 1);
        List<Publisher.Published> published = publish(FIREWALL, location);
        assertThat(published).singleElement().satisfies(image -> {
            assertThat(image.outcome()).isEqualTo(Publisher.Outcome.ADDED);
            assertThat(image.sentBytes()).isGreaterThan(50_000);
        });
        assertShown(FIREWALL, location);
        PublishedImage image = index().images().values().iterator().next();
        assertThat(image).isEqualTo(published.getFirst().image());
        assertThat(image.name()).isEqualTo(FIREWALL);
        assertThat(image.commit()).isEmpty();
        assertThat(image.tested()).isTrue();
        assertThat(image.files())
                .extracting(PublishedImage.PublishedFile::name)
                .containsExactly(
                        "img.tar.lz4", "img.tar.lz4.md5", "img.tar.lz4.sha256", "packages.txt", "test-result.json");
        for (PublishedImage.PublishedFile file : image.files()) {
            assertThat(Fingerprint.ofFile(root().resolve(file.key().value()))).isEqualTo(file.fingerprint());
        }
        assertThat(Files.readString(root().resolve("metal-os/stable/index.json")))
                .contains("\"format\" : 1", "\"os\" : \"firewall\"", "\"version\" : \"3.0-ubuntu\"");
    }

    @Test
    void whatIsThereIsNotSentAgain() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        publish(DEBIAN, location);
        List<String> before = state();
        events.clear();
        assertThat(publish(DEBIAN, location)).singleElement().satisfies(image -> {
            assertThat(image.outcome()).isEqualTo(Publisher.Outcome.UNCHANGED);
            assertThat(image.sentBytes()).isZero();
        });
        assertThat(state()).isEqualTo(before);
        assertThat(events.stream().filter(Progress.Event.Cached.class::isInstance))
                .hasSize(5);
    }

    @Test
    void anotherBuildTakesItsPlaceAndTheOldObjectsStay() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        publish(DEBIAN, location);
        ObjectKey old = index().find(DEBIAN).orElseThrow().files().getFirst().key();
        tested(DEBIAN, 2);
        assertThat(publish(DEBIAN, location).getFirst().outcome()).isEqualTo(Publisher.Outcome.REPLACED);
        assertShown(DEBIAN, location);
        assertThat(root().resolve(old.value())).exists();
    }

    @Test
    void whatPassedNoTestNeedsToBeAskedFor() throws Exception {
        ArtifactLocation location = SampleArtifact.write(images().resolve("debian/12"), 1000, 1);
        assertRefused(location, "was not tested");
        SampleArtifact.test(location, DEBIAN, false);
        assertRefused(location, "did not pass its test");
        SampleArtifact.test(location, DEBIAN, true);
        SampleArtifact.write(images().resolve("debian/12"), 1000, 2);
        assertRefused(location, "was not tested, as it is now");
        assertThat(root()).doesNotExist();

        publisher(DirectoryStore.in(root()))
                .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, location)), true, false));
        assertThat(index().find(DEBIAN).orElseThrow().tested()).isFalse();
        assertThat(index().find(DEBIAN).orElseThrow().commit()).isEmpty();
        SampleArtifact.test(location, DEBIAN, true);
        assertThat(publish(DEBIAN, location).getFirst().outcome()).isEqualTo(Publisher.Outcome.REPLACED);
        assertThat(index().find(DEBIAN).orElseThrow().tested()).isTrue();
    }

    /** By what it says of itself, wherever it lies. */
    @Test
    void onlyTheFullTestOfExactlyThisImageCounts() throws Exception {
        ArtifactLocation location = SampleArtifact.write(images().resolve("debian/12"), 1000, 1);
        Digest tarball = Digest.ofFile(location.tarball());
        Path lesser = location.tarball().resolveSibling("test");
        SampleArtifact.result(tarball, DEBIAN, true, "user").write(lesser);
        assertRefused(location, "did not pass the full test: it was tested with network user instead of fabric");
        SampleArtifact.result(tarball, DEBIAN, true, "user").write(location);
        assertRefused(location, "did not pass the full test: it was tested with network user instead of fabric");
        SampleArtifact.result(tarball, DEBIAN, false, "user").write(location);
        assertRefused(location, "did not pass its test");
        SampleArtifact.result(tarball, FIREWALL, true, "fabric").write(location);
        assertRefused(location, "was tested as firewall/3.0-ubuntu");
        SampleArtifact.result(Digest.of("another"), DEBIAN, true, "fabric").write(location);
        assertRefused(location, "did not pass the full test");
        Files.delete(lesser.resolve("test-result.json"));
        assertRefused(location, "was not tested, as it is now");
        Files.writeString(location.sidecar(ArtifactLocation.TEST_RESULT), "{}");
        assertThatThrownBy(() -> publish(DEBIAN, location))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("test-result.json is damaged");
        assertThat(root()).doesNotExist();
    }

    /** What a lesser test says lies elsewhere, and says nothing against the full one. */
    @Test
    void aLaterLesserTestTakesNothingFromTheFullOne() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        SampleArtifact.result(Digest.ofFile(location.tarball()), DEBIAN, false, "user")
                .write(location.tarball().resolveSibling("test"));
        publish(DEBIAN, location);
        assertThat(index().find(DEBIAN).orElseThrow().tested()).isTrue();
    }

    @Test
    void anImageThatIsPublishedAgainWithoutATestKeepsTheOneItHas() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        publish(DEBIAN, location);
        List<String> before = state();
        Files.delete(location.sidecar(ArtifactLocation.TEST_RESULT));
        Publisher.Options untested =
                new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, location)), true, false);
        assertThat(publisher(DirectoryStore.in(root()))
                        .publish(untested)
                        .getFirst()
                        .outcome())
                .isEqualTo(Publisher.Outcome.UNCHANGED);
        assertThat(state()).isEqualTo(before);

        SampleArtifact.test(location, DEBIAN, false);
        assertThat(publisher(DirectoryStore.in(root()))
                        .publish(untested)
                        .getFirst()
                        .outcome())
                .as("it failed since")
                .isEqualTo(Publisher.Outcome.REPLACED);
        assertThat(index().find(DEBIAN).orElseThrow().tested()).isFalse();
    }

    private void assertRefused(ArtifactLocation location, String reason) {
        assertThatThrownBy(() -> publish(DEBIAN, location)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault).hasMessageContaining(reason);
            assertThat(fault.remedy().orElseThrow()).contains("--untested");
        });
    }

    /** Whatever is checked out when it is published. */
    @Test
    void theCommitIsTheOneThatTheImageWasBuiltFrom() throws Exception {
        String commit = "0123456789abcdef0123456789abcdef01234567";
        ArtifactLocation location = tested(DEBIAN, 1);
        for (boolean changed : List.of(false, true)) {
            Files.writeString(
                    location.sidecar(ArtifactLocation.PROVENANCE), """
                    {
                      "_type": "https://in-toto.io/Statement/v1",
                      "predicateType": "https://slsa.dev/provenance/v1",
                      "subject": [{"name": "img.tar.lz4", "digest": {"sha256": "%s"}}],
                      "predicate": {"buildDefinition": {"resolvedDependencies": [
                        {"name": "definitions", "digest": {"gitCommit": "%s"}, "annotations": {"changed": %s}}]}}
                    }
                    """.formatted("0".repeat(64), commit, changed));
            publish(DEBIAN, location);
            assertThat(index().find(DEBIAN).orElseThrow().commit())
                    .isEqualTo(changed ? Optional.empty() : Optional.of(commit));
        }
    }

    @Test
    void whatWasMadeFromAStandInNeedsToBeAskedFor() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        Files.writeString(location.sidecar(ArtifactLocation.PROVENANCE), """
                {
                  "_type": "https://in-toto.io/Statement/v1",
                  "predicateType": "https://slsa.dev/provenance/v1",
                  "subject": [{"name": "img.tar.lz4", "digest": {"sha256": "%s"}}],
                  "predicate": {"buildDefinition": {"resolvedDependencies": [
                    {"name": "ubuntu:22.04", "annotations": {"bootstrapped": "ubuntu", "standIn": "Debian bookworm"}}]}}
                }
                """.formatted("0".repeat(64)));
        assertThatThrownBy(() -> publish(DEBIAN, location)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault)
                    .hasMessage("debian/12 was made from a stand-in for its distribution's archive: its packages are"
                            + " Debian bookworm's.");
            assertThat(fault.remedy().orElseThrow()).contains("--allow-stand-in");
        });
        assertThat(root()).doesNotExist();

        publisher(DirectoryStore.in(root()))
                .publish(new Publisher.Options(
                        STABLE, new TreeMap<>(Map.of(DEBIAN, location)), false, true, false, false));
        assertThat(index().find(DEBIAN).orElseThrow().standIn()).contains("Debian bookworm");
    }

    @Test
    void whatIsNotSignedTakesNotThePlaceOfWhatIs() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        Files.writeString(location.sidecar(ArtifactLocation.SIGNATURE), "{}");
        publish(DEBIAN, location);
        List<String> before = state();
        tested(DEBIAN, 2);
        Files.delete(location.sidecar(ArtifactLocation.SIGNATURE));
        assertThatThrownBy(() -> publish(DEBIAN, location)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault).hasMessage("debian/12 is not signed, and the one in stable is.");
            assertThat(fault.remedy().orElseThrow()).contains("metal-images sign debian/12", "--unsigned");
        });
        assertThat(state()).isEqualTo(before);
        Files.writeString(location.sidecar(ArtifactLocation.SIGNATURE), "{}");
        publish(DEBIAN, location);
        Files.delete(location.sidecar(ArtifactLocation.SIGNATURE));
        publisher(DirectoryStore.in(root()))
                .publish(new Publisher.Options(
                        STABLE, new TreeMap<>(Map.of(DEBIAN, location)), false, false, true, false));
        assertThat(index().find(DEBIAN).orElseThrow().isSigned()).isFalse();
    }

    @Test
    void whatTheInspectionRefusesIsNotPublishedWhateverElseIsAllowed() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        Publisher strict = new Publisher(DirectoryStore.in(root()), new ContractInspection(), events::add);
        assertThatThrownBy(() -> strict.publish(new Publisher.Options(
                        STABLE, new TreeMap<>(Map.of(DEBIAN, location)), true, true, true, false)))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault).hasMessageStartingWith("No machine should get debian/12: ");
                    assertThat(fault.remedy().orElseThrow()).contains("metal-images check debian/12");
                });
        assertThat(root()).doesNotExist();
    }

    @Test
    void stableCanBePutBackToAnEarlierBuild() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        publish(DEBIAN, location);
        PublishedImage first = index().find(DEBIAN).orElseThrow();
        tested(DEBIAN, 2);
        publish(DEBIAN, location);
        PublishedImage second = index().find(DEBIAN).orElseThrow();
        tested(DEBIAN, 3);
        publish(DEBIAN, location);
        Publisher publisher = publisher(DirectoryStore.in(root()));

        assertThat(publisher.restore(DEBIAN, Optional.empty())).isEqualTo(second);
        assertThat(index().find(DEBIAN)).contains(second);
        String digest = first.files().getFirst().fingerprint().sha256().hex();
        assertThat(publisher.restore(DEBIAN, Optional.of(digest.substring(0, 12))))
                .isEqualTo(first);
        assertThat(root().resolve("metal-os/stable/debian/12/packages.txt")).hasContent("ii  package 1");
        assertShown(DEBIAN, tested(DEBIAN, 1));

        List<String> before = state();
        assertThatThrownBy(() -> publisher.restore(DEBIAN, Optional.of("0000")))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault).hasMessageContaining("There is no such earlier build of debian/12");
                    assertThat(fault.remedy().orElseThrow())
                            .contains(second.files()
                                    .getFirst()
                                    .fingerprint()
                                    .sha256()
                                    .hex());
                });
        assertThatThrownBy(() -> publisher.restore(FIREWALL, Optional.empty())).isInstanceOf(FaultException.class);
        assertThatThrownBy(() -> publisher.restore(DEBIAN, Optional.of("20230710")))
                .hasMessageContaining("There is no debian/12 in the release 20230710");
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void stableCanBePutBackToTheBuildOfARelease() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        publish(DEBIAN, location);
        PublishedImage released = index().find(DEBIAN).orElseThrow();
        DirectoryStore store = DirectoryStore.in(root());
        Channel day = Channel.parse("20230710");
        new Channels(store, events::add).change(day, index -> index.with(List.of(released)));
        tested(DEBIAN, 2);
        publish(DEBIAN, location);
        assertThat(publisher(store).restore(DEBIAN, Optional.of("20230710"))).isEqualTo(released);
        assertThat(index().find(DEBIAN)).contains(released);
        Files.delete(root().resolve(released.files().getFirst().key().value()));
        tested(DEBIAN, 3);
        publish(DEBIAN, location);
        assertThatThrownBy(() -> publisher(store).restore(DEBIAN, Optional.of("20230710")))
                .hasMessageContaining("cannot be put back: img.tar.lz4 is deleted");
    }

    @Test
    void artifactsThatAreNotWholeAreRefused() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        for (Path file : List.of(location.tarball(), location.md5File(), location.sha256File())) {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
            assertThatThrownBy(() -> publish(DEBIAN, location))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("img.tar.lz4");
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
        }
        for (Path file : List.of(location.packages(), location.md5File())) {
            Files.delete(file);
            assertThatThrownBy(() -> publish(DEBIAN, location))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining(file.toString());
            SampleArtifact.write(images().resolve("debian/12"), 50_000, 1);
        }
        assertThat(root()).doesNotExist();
        publish(DEBIAN, location);
    }

    @Test
    void dryRunChangesNothing() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        Publisher.Options options = new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, location)), false, true);
        assertThat(publisher(DirectoryStore.in(root())).publish(options))
                .singleElement()
                .satisfies(image -> {
                    assertThat(image.outcome()).isEqualTo(Publisher.Outcome.ADDED);
                    assertThat(image.sentBytes()).isGreaterThan(50_000);
                });
        assertThat(root()).doesNotExist();
        publish(DEBIAN, location);
        List<String> before = state();
        tested(DEBIAN, 2);
        assertThat(publisher(DirectoryStore.in(root()))
                        .publish(options)
                        .getFirst()
                        .outcome())
                .isEqualTo(Publisher.Outcome.REPLACED);
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void releasesAreNotPublishedTo() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        Channel release = new Channel.Release(LocalDate.of(2023, 7, 10));
        assertThatThrownBy(() -> publisher(DirectoryStore.in(root())).publish(options(release, DEBIAN, location)))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("20230710");
        assertThat(root()).doesNotExist();
    }

    @Test
    void thoseWhoPublishAtOnceAllEndUpInTheIndex() throws Exception {
        int publishers = 8;
        SortedMap<ImageName, ArtifactLocation> images = new TreeMap<>();
        for (int number = 0; number < publishers; number++) {
            ImageName name = ImageName.parse("os" + number + "/1");
            images.put(name, tested(name, number));
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(publishers)) {
            List<Future<List<Publisher.Published>>> futures = new ArrayList<>();
            images.forEach((name, location) -> futures.add(executor.submit(() -> publish(name, location))));
            for (Future<List<Publisher.Published>> future : futures) {
                assertThat(future.get().getFirst().outcome()).isEqualTo(Publisher.Outcome.ADDED);
            }
        }
        assertThat(index().images().keySet()).isEqualTo(images.keySet());
        images.forEach(this::assertShown);
    }

    /** As if a publisher had been killed between the index and the plain names. */
    @Test
    void whoPublishesNextFinishesWhatIsHalfDone() throws Exception {
        ArtifactLocation debian = tested(DEBIAN, 1);
        publish(DEBIAN, debian);
        ChannelIndex old = index();
        tested(DEBIAN, 2);
        publish(DEBIAN, debian);
        DirectoryStore store = DirectoryStore.in(root());
        PublishedImage before = old.find(DEBIAN).orElseThrow();
        store.project(StoreLayout.directory(STABLE, DEBIAN), before.sources());
        assertThat(root().resolve("metal-os/stable/debian/12/img.tar.lz4.md5"))
                .content()
                .startsWith(before.files().getFirst().fingerprint().md5());

        ArtifactLocation firewall = tested(FIREWALL, 3);
        publish(FIREWALL, firewall);
        assertShown(DEBIAN, debian);
        assertShown(FIREWALL, firewall);
    }

    @Test
    void damagedObjectsAreReplaced() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        ObjectKey key =
                StoreLayout.object(Fingerprint.ofFile(location.tarball()).sha256());
        DirectoryStore.in(root()).writeIfAbsent(key, Content.of(new byte[50_000]));
        publish(DEBIAN, location);
        assertThat(root().resolve(key.value())).hasSameBinaryContentAs(location.tarball());
        assertShown(DEBIAN, location);
    }

    @Test
    void aStoreThatStumblesIsAskedAgain() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        FaultyStore faulty = new FaultyStore(DirectoryStore.in(root()));
        publisher(faulty).publish(options(STABLE, DEBIAN, location));
        assertShown(DEBIAN, location);
        assertThat(index().images()).containsOnlyKeys(DEBIAN);
        // Six writes, each of which failed twice, of which the second time was found to have been enough.
        assertThat(faulty.calls()).isGreaterThanOrEqualTo(12);
        assertThat(events.stream()
                        .filter(event -> event instanceof Progress.Event.Note(String message)
                                && message.contains("Trying again")))
                .isNotEmpty();
    }

    @Test
    void indexesThatAreNotUnderstoodAreLeftAlone() throws Exception {
        ArtifactLocation location = tested(DEBIAN, 1);
        publish(DEBIAN, location);
        Path file = root().resolve("metal-os/stable/index.json");
        String good = Files.readString(file);
        Files.delete(file);
        List<String> wrong = List.of(
                "",
                "{",
                "[]",
                good.replace("\"format\" : 1", "\"format\" : 2"),
                good.replace("\"stable\"", "\"20230710\""),
                good.replace("\"debian\"", "\"../../etc\""),
                good.replaceFirst("\"sha256\" : \"..", "\"sha256\" : \"zz"),
                good.replace("\"key\" : \"metal-os/objects/", "\"key\" : \"metal-os/other/"),
                good.replace("\"img.tar.lz4\"", "\"../img.tar.lz4\""),
                good.replaceFirst("\"bytes\" : ", "\"bytes\" : -"),
                good.replaceFirst("\"published\" : \"", "\"published\" : \"soon"),
                good.substring(0, good.length() / 2));
        for (String text : wrong) {
            assertThat(text).isNotEqualTo(good);
            Files.writeString(file, text);
            assertThatThrownBy(() -> publish(DEBIAN, location))
                    .as(text)
                    .isInstanceOfSatisfying(FaultException.class, fault -> {
                        assertThat(fault).hasMessageContaining("index.json");
                        assertThat(fault.remedy()).isPresent();
                    });
            assertThat(file).hasContent(text);
        }
        Files.writeString(file, good);
        assertThat(publish(DEBIAN, location).getFirst().outcome()).isEqualTo(Publisher.Outcome.UNCHANGED);
    }
}
