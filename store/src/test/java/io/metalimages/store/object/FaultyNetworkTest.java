package io.metalimages.store.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.SampleArtifact;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.object.s3.BucketServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Publishes to a bucket by a network that fails. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class FaultyNetworkTest {

    private static final ImageName DEBIAN = ImageName.parse("debian/12");
    private static final Channel STABLE = new Channel.Stable();
    private static final int TARBALL_BYTES = BucketServer.PART_BYTES + 1_000_000;

    private final AtomicInteger stores = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> notes = new ConcurrentLinkedQueue<>();

    private final Path directory;
    private final BucketServer server;

    public FaultyNetworkTest(BucketServer.Kind kind, Path directory) throws Exception {
        this.directory = directory;
        server = kind.start(directory);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private ArtifactLocation build(long seed) throws IOException {
        return SampleArtifact.tested(directory.resolve("build" + seed), DEBIAN, TARBALL_BYTES, seed);
    }

    private void publish(String prefix, int port, ArtifactLocation build) throws Exception {
        try (ObjectStore store = server.open(prefix, port)) {
            new Publisher(store, SampleArtifact.INSPECTION, Duration.ofMillis(1), InstantSource.system(), event -> {
                        if (event instanceof Progress.Event.Note(String message)) {
                            notes.add(message);
                        }
                    })
                    .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, build)), false, false));
        }
    }

    /** What the index says has to be there, and to be whole. */
    private PublishedImage follow(ObjectStore store) throws IOException {
        ChannelIndex index = ChannelIndex.parse(read(store, StoreLayout.index(STABLE)), STABLE, "the index");
        PublishedImage image = index.find(DEBIAN).orElseThrow();
        for (PublishedImage.PublishedFile file : image.files()) {
            assertThat(Fingerprint.of(read(store, file.key()))).isEqualTo(file.fingerprint());
        }
        return image;
    }

    private static byte[] read(ObjectStore store, ObjectKey key) throws IOException {
        try (ObjectReader reader = store.read(key, ByteRange.ALL)) {
            return reader.content().readAllBytes();
        }
    }

    private void assertPublished(String prefix, ArtifactLocation build) throws Exception {
        try (ObjectStore store = server.open(prefix, server.port())) {
            assertThat(follow(store).files().getFirst().fingerprint()).isEqualTo(Fingerprint.ofFile(build.tarball()));
            ObjectKey shown = StoreLayout.directory(STABLE, DEBIAN);
            assertThat(read(store, shown.resolve("img.tar.lz4"))).isEqualTo(Files.readAllBytes(build.tarball()));
            assertThat(read(store, shown.resolve("img.tar.lz4.md5"))).isEqualTo(Files.readAllBytes(build.md5File()));
        }
    }

    /** Of eleven requests one fails. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void eachFaultIsOvercome(FaultyNetwork.Fault fault) throws Exception {
        String prefix = "fault/" + stores.incrementAndGet();
        ArtifactLocation build = build(1);
        AtomicInteger requests = new AtomicInteger();
        notes.clear();
        try (FaultyNetwork network = new FaultyNetwork(
                server.port(), request -> requests.getAndIncrement() % 11 == 2 ? fault : FaultyNetwork.Fault.NONE)) {
            publish(prefix, network.port(), build);
            assertThat(network.faults()).isPositive();
        }
        assertPublished(prefix, build);
        assertThat(notes)
                .allSatisfy(
                        note -> assertThat(note).doesNotContain(server.secrets().toArray(new String[0])));
    }

    /** One of eight requests fails in some way; a publisher that gives up is started again. */
    @Test
    void nothingIsTornWhateverHappens() throws Exception {
        String prefix = "fault/" + stores.incrementAndGet();
        long seed = 5;
        Random random = new Random(seed);
        FaultyNetwork.Fault[] all = FaultyNetwork.Fault.values();
        try (FaultyNetwork network = new FaultyNetwork(server.port(), request -> {
                    synchronized (random) {
                        return random.nextInt(8) == 0 ? all[random.nextInt(all.length)] : FaultyNetwork.Fault.NONE;
                    }
                });
                ObjectStore direct = server.open(prefix, server.port())) {
            for (int round = 0; round < 3; round++) {
                ArtifactLocation build = build(round % 2);
                boolean done = false;
                for (int attempt = 0; !done; attempt++) {
                    assertThat(attempt).as("attempts, seed " + seed).isLessThan(50);
                    try {
                        publish(prefix, network.port(), build);
                        done = true;
                    } catch (FaultException e) {
                        assertThat(e.category()).as(e.toString()).isEqualTo(FaultException.Category.REMOTE_FAULT);
                        if (round > 0) {
                            follow(direct);
                        }
                    }
                }
                assertPublished(prefix, build);
            }
        }
    }

    @Test
    void aServerThatStaysAwayIsNamed() throws Exception {
        ArtifactLocation build = build(1);
        try (FaultyNetwork network = new FaultyNetwork(server.port(), request -> FaultyNetwork.Fault.SLOW_DOWN)) {
            assertThatThrownBy(() -> publish("away", network.port(), build))
                    .isInstanceOfSatisfying(FaultException.class, fault -> {
                        assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
                        assertThat(fault).hasMessageContaining("503").hasMessageContaining("://images/away");
                        assertThat(fault.remedy()).isPresent();
                        assertThat(fault.toString())
                                .doesNotContain(server.secrets().toArray(new String[0]));
                    });
        }
    }
}
