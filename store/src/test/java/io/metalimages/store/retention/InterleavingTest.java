package io.metalimages.store.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImagesInStore;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.Release;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.channel.SampleArtifact;
import io.metalimages.store.channel.TrashBin;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObservedStore;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A schedule of two who work on one store at the same time: the one is stopped before each of his calls to the store in turn,
 * and the other one works from his first call to his last, unless he has to wait for the first one.
 */
abstract class InterleavingTest extends ImagesInStore {

    private static final Duration PERIOD = Duration.ofDays(7);
    private static final Channel PRUNED = Channel.parse("pull_requests/pruned");
    private static final Channel STALE = Channel.parse("pull_requests/stale");
    private static final Channel.Release OLD = release("20260101");
    private static final Channel.Release NEW = release("20260601");
    private static final String WAITING = "Waiting until that is over";

    private ArtifactLocation older;
    private ArtifactLocation newer;

    /** Of how many calls one is stopped before. */
    abstract int stride(Operation stopped);

    /** What somebody does with a store. */
    enum Operation {
        /** Publishes what is just about to be deleted. */
        PUBLISH {
            @Override
            void perform(InterleavingTest test, ObjectStore store, Progress progress) throws Exception {
                test.publish(store, test.older, progress);
            }
        },
        RELEASE {
            @Override
            void perform(InterleavingTest test, ObjectStore store, Progress progress) {
                Releaser releaser = new Releaser(store, NO_PAUSE, test.clock, progress);
                Release planned = releaser.plan(
                        new Releaser.Options(test.today(), STABLE, test.today().date(), false));
                releaser.perform(planned, new PublicUrl("https://images.example.com"), false);
            }
        },
        /** Takes images out, and deletes contents. */
        PRUNE {
            @Override
            void perform(InterleavingTest test, ObjectStore store, Progress progress) {
                test.prune(store, progress);
            }
        },
        RESTORE {
            @Override
            void perform(InterleavingTest test, ObjectStore store, Progress progress) {
                try (Pruner pruner = new Pruner(store, NO_PAUSE, test.clock, progress)) {
                    pruner.restore(PRUNED);
                }
            }
        },
        /** Follows the indexes. */
        READ {
            @Override
            void perform(InterleavingTest test, ObjectStore store, Progress progress) throws StoreException {
                Channels channels = new Channels(store, progress);
                for (Channel channel : channels.list()) {
                    for (PublishedImage image : channels.index(channel).images().values()) {
                        for (PublishedImage.PublishedFile file : image.files()) {
                            channels.content(file);
                        }
                    }
                }
            }
        };

        abstract void perform(InterleavingTest test, ObjectStore store, Progress progress) throws Exception;
    }

    static Stream<Arguments> pairs() {
        return Stream.of(Operation.values())
                .flatMap(stopped -> Stream.of(Operation.values()).map(other -> Arguments.of(stopped, other)));
    }

    @BeforeEach
    void makeArtifacts() throws IOException {
        older = SampleArtifact.tested(directory.resolve("older/debian/12"), DEBIAN, 500, 1);
        newer = SampleArtifact.tested(directory.resolve("newer/debian/12"), DEBIAN, 500, 2);
    }

    @ParameterizedTest(name = "{0} is stopped, and {1} comes")
    @MethodSource("pairs")
    void whateverComesBetweenNothingIsLost(Operation stopped, Operation other) throws Exception {
        int met = 0;
        for (int moment = 0; ; moment += stride(stopped)) {
            fill();
            if (!isMet(stopped, other, moment)) {
                break;
            }
            met++;
            assertWhole(stopped + " is stopped before call " + moment + ", and " + other + " comes", stopped, other);
            openAgain();
        }
        assertThat(met).isGreaterThan(9 / stride(stopped));
    }

    private void openAgain() throws Exception {
        store.close();
        store = openEmpty();
        now = START;
    }

    /**
     * In stable a build, and in the trash, ripe, the contents of the one before it; an image that was taken out of one pull
     * request, one that is to go from another, and two releases, of which one is to go.
     */
    private void fill() throws IOException {
        publish(store, older, Progress.SILENT);
        publish(store, newer, Progress.SILENT);
        prune(store, Progress.SILENT);
        days(3);
        publish(PRUNED, DEBIAN, "debian that was pruned");
        days(3);
        prune(store, Progress.SILENT);
        publish(STALE, DEBIAN, "debian that is stale");
        publish(OLD, DEBIAN, "debian 1");
        publish(NEW, DEBIAN, "debian 2");
        days(3);
    }

    private void days(int days) {
        now = now.plus(Duration.ofDays(days));
    }

    private Channel.Release today() {
        return new Channel.Release(LocalDate.ofInstant(START.plus(Duration.ofDays(9)), ZoneOffset.UTC));
    }

    private void publish(ObjectStore asked, ArtifactLocation location, Progress progress) throws IOException {
        new Publisher(asked, SampleArtifact.INSPECTION, NO_PAUSE, clock, progress)
                .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, location)), false, false));
    }

    private void prune(ObjectStore asked, Progress progress) {
        try (Pruner pruner = new Pruner(asked, NO_PAUSE, clock, progress)) {
            Pruner.Options options = new Pruner.Options(new Retention(2, 1, 60), List.of(), PERIOD);
            pruner.perform(pruner.plan(options), options);
        }
    }

    /** Returns whether there was a call to be stopped before. */
    private boolean isMet(Operation stopped, Operation other, int moment) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Void> coming = new CompletableFuture<>();
        boolean[] met = {false};
        ObservedStore observed = new ObservedStore(
                store,
                call -> {
                    if (call == moment) {
                        met[0] = true;
                        Thread.startVirtualThread(() -> {
                            try {
                                perform(other, stopped, store, event -> {
                                    if (event instanceof Progress.Event.Note(String message)
                                            && message.contains(WAITING)) {
                                        goOn.countDown();
                                    }
                                });
                                coming.complete(null);
                            } catch (Exception | Error e) {
                                coming.completeExceptionally(e);
                            } finally {
                                goOn.countDown();
                            }
                        });
                        await(goOn);
                    }
                },
                call -> {});
        perform(stopped, other, observed, Progress.SILENT);
        if (met[0]) {
            coming.get();
        }
        return met[0];
    }

    /** Of two who restore the same, the second one finds nothing any more. */
    private void perform(Operation operation, Operation other, ObjectStore asked, Progress progress) throws Exception {
        try {
            operation.perform(this, asked, progress);
        } catch (FaultException fault) {
            boolean restored = operation == Operation.RESTORE
                    && other == Operation.RESTORE
                    && index(PRUNED).find(DEBIAN).isPresent();
            if (!restored) {
                throw fault;
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private ChannelIndex index(Channel channel) throws StoreException {
        return channels().index(channel);
    }

    private void assertWhole(String when, Operation... operations) throws IOException {
        List<Operation> done = List.of(operations);
        assertIndexesWhole();
        for (Channel channel : channels().list()) {
            assertNamesFit(channel);
        }
        assertThat(index(STABLE).find(DEBIAN).orElseThrow().files().getFirst().fingerprint())
                .as(when)
                .isEqualTo(Fingerprint.ofFile((done.contains(Operation.PUBLISH) ? older : newer).tarball()));
        if (done.contains(Operation.RELEASE)) {
            assertThat(index(today()).images()).as(when).containsOnlyKeys(DEBIAN);
            assertThat(store.find(new ObjectKey("metal-os/" + today().path() + "/" + Releaser.NOTES)))
                    .as(when)
                    .isPresent();
        }
        assertThat(index(NEW).images()).as(when).containsOnlyKeys(DEBIAN);
        for (Channel channel : List.of(PRUNED, STALE, OLD)) {
            assertThat(index(channel).find(DEBIAN).isPresent() || isInTrash(channel))
                    .as(when + ": " + channel.path() + " is there, or can be restored")
                    .isTrue();
        }
        if (!done.contains(Operation.PRUNE)) {
            assertThat(index(PRUNED).find(DEBIAN).isPresent()).as(when).isEqualTo(done.contains(Operation.RESTORE));
        }
        prune(store, Progress.SILENT);
        days(7);
        prune(store, Progress.SILENT);
        assertIndexesWhole();
    }

    private boolean isInTrash(Channel channel) throws StoreException {
        return new TrashBin(new RetryingStore(store, NO_PAUSE, note -> {}), NO_PAUSE, clock, Progress.SILENT)
                .trash().images().stream().anyMatch(trashed -> trashed.channel().equals(channel));
    }
}
