package io.metalimages.store.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.engine.Progress;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.ImagesInStore;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.channel.SampleArtifact;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** In one directory, at once: two publishers, one who releases, one who prunes, and twenty readers. */
final class ManyAtOnceTest extends ImagesInStore {

    private static final int ROUNDS = 500;
    private static final int READERS = 20;
    private static final int BUILDS = 4;
    private static final Duration PERIOD = Duration.ofDays(3);
    private static final long SEED = 4;

    private final Random random = new Random(SEED);

    @Override
    public ObjectStore openEmpty() {
        return DirectoryStore.in(directory.resolve("store"));
    }

    /** A day each. Builds come again after some rounds: just when their contents are being deleted. */
    private void rounds(int number) throws Exception {
        Map<ImageName, List<ArtifactLocation>> builds = new HashMap<>();
        for (ImageName name : List.of(DEBIAN, FIREWALL)) {
            List<ArtifactLocation> each = new ArrayList<>();
            for (int build = 0; build < BUILDS; build++) {
                each.add(SampleArtifact.tested(
                        directory.resolve(build + "/" + name), name, 2000, (name + " " + build).hashCode()));
            }
            builds.put(name, each);
            publish(name, each.getFirst());
        }
        int read = 0;
        for (int round = 0; round < number; round++) {
            read += round(builds);
            now = now.plus(Duration.ofDays(1));
        }
        assertThat(read).isGreaterThan(number * READERS);
        assertIndexesWhole();
        for (Channel channel : channels().list()) {
            assertNamesFit(channel);
        }
    }

    /** Returns how many images were read meanwhile. */
    private int round(Map<ImageName, List<ArtifactLocation>> builds) throws Exception {
        ChannelIndex before = channels().index(STABLE);
        Map<ImageName, ArtifactLocation> next = new HashMap<>();
        builds.forEach((name, each) -> next.put(name, each.get(random.nextInt(BUILDS))));
        Channel.Release today = new Channel.Release(LocalDate.ofInstant(now, ZoneOffset.UTC));
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger read = new AtomicInteger();
        try (ExecutorService executor = Executors.newCachedThreadPool()) {
            List<Future<?>> readers = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                readers.add(executor.submit(() -> {
                    do {
                        read.addAndGet(follow());
                    } while (!ended.get());
                    return null;
                }));
            }
            List<Callable<Void>> writers = new ArrayList<>();
            next.forEach((name, location) -> writers.add(() -> {
                publish(name, location);
                return null;
            }));
            writers.add(() -> {
                Releaser releaser = new Releaser(store, NO_PAUSE, clock, Progress.SILENT);
                releaser.perform(
                        releaser.plan(new Releaser.Options(today, STABLE, today.date(), false)),
                        new PublicUrl("https://images.example.com"),
                        false);
                return null;
            });
            writers.add(() -> {
                prune();
                return null;
            });
            try {
                for (Future<Void> writer : executor.invokeAll(writers)) {
                    writer.get();
                }
            } finally {
                ended.set(true);
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
        for (Map.Entry<ImageName, ArtifactLocation> published : next.entrySet()) {
            Fingerprint fingerprint = Fingerprint.ofFile(published.getValue().tarball());
            assertThat(tarball(channels().index(STABLE), published.getKey())).isEqualTo(fingerprint);
            assertThat(tarball(channels().index(today), published.getKey()))
                    .isIn(tarball(before, published.getKey()), fingerprint);
        }
        return read.get();
    }

    private static Fingerprint tarball(ChannelIndex index, ImageName name) {
        return index.find(name).orElseThrow().files().getFirst().fingerprint();
    }

    /** As a reader does who trusts the indexes: everything that one names has to be there, and be what it says. */
    private int follow() throws IOException {
        int images = 0;
        Channels channels = new Channels(store, Progress.SILENT);
        Channel.Release yesterday =
                new Channel.Release(LocalDate.ofInstant(now.minus(Duration.ofDays(1)), ZoneOffset.UTC));
        for (Channel channel : List.of(STABLE, yesterday)) {
            for (PublishedImage image : channels.index(channel).images().values()) {
                for (PublishedImage.PublishedFile file : image.files()) {
                    channels.content(file);
                }
                images++;
            }
        }
        return images;
    }

    private void publish(ImageName name, ArtifactLocation location) throws IOException {
        new Publisher(store, SampleArtifact.INSPECTION, Duration.ofMillis(1), clock, Progress.SILENT)
                .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(name, location)), false, false));
    }

    private void prune() {
        try (Pruner pruner = new Pruner(store, Duration.ofMillis(1), clock, Progress.SILENT)) {
            Pruner.Options options = new Pruner.Options(new Retention(1, 2, 1), List.of(), PERIOD);
            pruner.perform(pruner.plan(options), options);
        }
    }

    @Test
    void nothingIsLostAndNothingIsTornInAFewRounds() throws Exception {
        rounds(5);
    }

    @Test
    @Tag("slow")
    void nothingIsLostAndNothingIsTornInManyRounds() throws Exception {
        rounds(ROUNDS);
    }
}
