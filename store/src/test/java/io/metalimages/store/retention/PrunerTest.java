package io.metalimages.store.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.RegisteredImage;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.ImagesInStore;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.channel.SampleArtifact;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.channel.TrashBin;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObservedStore;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Prunes stores of each kind. */
abstract class PrunerTest extends ImagesInStore {

    private static final Retention RETENTION = new Retention(30, 1, 60);
    private static final Duration PERIOD = Duration.ofDays(7);
    private static final Channel PULL = Channel.parse("pull_requests/new-kernel");
    private static final Channel.Release OLD = release("20260101");
    private static final Channel.Release NEW = release("20260601");

    /** Of how many moments at which a process can be killed, or meet another one, one is tried. */
    abstract int stride();

    private static Pruner.Options options(RegisteredImage... registered) {
        return new Pruner.Options(RETENTION, List.of(registered), PERIOD);
    }

    private final List<Pruner> pruners = new ArrayList<>();

    private Pruner pruner(ObjectStore asked) {
        Pruner pruner = new Pruner(asked, NO_PAUSE, clock, events::add);
        pruners.add(pruner);
        return pruner;
    }

    @AfterEach
    void closePruners() {
        pruners.forEach(Pruner::close);
    }

    private PrunePlan prune(ObjectStore asked) {
        Pruner pruner = pruner(asked);
        PrunePlan plan = pruner.plan(options());
        pruner.perform(plan, options());
        return plan;
    }

    private void days(int days) {
        now = now.plus(Duration.ofDays(days));
    }

    /** An image in a pull request's channel, two releases, and another image in stable. */
    private void fill() throws IOException {
        publish(PULL, DEBIAN, "debian of a pull request");
        publish(OLD, DEBIAN, "debian 1");
        publish(OLD, FIREWALL, "firewall 1");
        publish(NEW, DEBIAN, "debian 2");
        publish(STABLE, DEBIAN, "debian 3");
        days(40);
    }

    private static List<String> images(List<PrunePlan.Judged> judged) {
        return judged.stream()
                .map(each -> each.channel().path() + "/" + each.image().name())
                .toList();
    }

    private ChannelIndex index(Channel channel) throws StoreException {
        return channels().index(channel);
    }

    private int contents() throws IOException {
        return (int) state().keySet().stream()
                .filter(key -> key.startsWith("metal-os/objects/"))
                .count();
    }

    private void assertWhole() throws IOException {
        assertIndexesWhole();
        for (Channel channel : channels().list()) {
            assertNamesFit(channel);
        }
    }

    private static RegisteredImage registered(String id, String url, Instant expires, String... users) {
        return new RegisteredImage(
                id,
                Optional.of(url),
                Set.of(),
                Optional.empty(),
                Optional.of(expires),
                Optional.empty(),
                Optional.empty(),
                List.of(users));
    }

    @Test
    void aPlanTellsWhatGoesAndWhyAndChangesNothing() throws Exception {
        fill();
        Map<String, Fingerprint> before = state();
        PrunePlan plan = pruner(store).plan(options());
        assertThat(images(plan.going())).containsExactly("20260101/debian/12", "pull_requests/new-kernel/debian/12");
        assertThat(plan.going())
                .extracting(PrunePlan.Judged::reason)
                .containsExactly("released 205 days ago, and 1 release is newer", "published 40 days ago");
        assertThat(images(plan.kept())).containsExactly("20260101/firewall/3.0-ubuntu");
        assertThat(plan.kept().getFirst().reason()).isEqualTo("the newest firewall/3.0-ubuntu that there is");
        // packages.txt is in all images, as it is empty in all of them.
        assertThat(plan.going().getFirst().bytes())
                .isEqualTo(files("debian 1", "").values().stream()
                        .mapToLong(file -> file.length)
                        .sum());
        assertThat(plan.unneeded().number()).isEqualTo(4);
        assertThat(plan.unneeded().bytes())
                .isEqualTo(
                        plan.going().stream().mapToLong(PrunePlan.Judged::bytes).sum());
        assertThat(plan.ripe().number()).isZero();
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void whatIsPrunedVanishesAndItsContentsFollowAfterTheTrashPeriod() throws Exception {
        fill();
        int all = contents();
        prune(store);
        assertThat(index(PULL).images()).isEmpty();
        assertThat(index(PULL).pruned()).containsOnlyKeys(DEBIAN);
        assertThat(index(OLD).images()).containsOnlyKeys(FIREWALL);
        assertThat(index(NEW).images()).containsOnlyKeys(DEBIAN);
        assertThat(index(STABLE).images()).containsOnlyKeys(DEBIAN);
        assertThat(contents()).isEqualTo(all);
        assertWhole();
        days(6);
        assertThat(pruner(store).plan(options()).restorable()).hasSize(2);
        prune(store);
        assertThat(contents()).isEqualTo(all);
        days(1);
        assertThat(pruner(store).plan(options()).ripe().number()).isEqualTo(4);
        prune(store);
        assertThat(contents()).isEqualTo(all - 4);
        assertWhole();
        PrunePlan last = prune(store);
        assertThat(last)
                .isEqualTo(new PrunePlan(
                        List.of(), last.kept(), new PrunePlan.Contents(0, 0), new PrunePlan.Contents(0, 0), List.of()));
    }

    /** Also what was replaced in stable long ago, and what was sent and never published. */
    @Test
    void contentsThatNoIndexNamesAreDeletedInTheEnd() throws Exception {
        publish(STABLE, DEBIAN, "debian 1");
        publish(STABLE, DEBIAN, "debian 2");
        Content never = Content.of(new byte[] {1, 2, 3});
        store.writeIfAbsent(StoreLayout.object(never.fingerprint().sha256()), never);
        store.writeIfAbsent(StoreLayout.OBJECTS.resolve("README"), never);
        prune(store);
        assertThat(contents()).isEqualTo(7);
        days(7);
        prune(store);
        assertThat(contents()).isEqualTo(4);
        assertThat(store.find(StoreLayout.OBJECTS.resolve("README"))).isPresent();
        assertWhole();
    }

    @Test
    void whatMetalApiNeedsStays() throws Exception {
        fill();
        Instant soon = now.plus(Duration.ofDays(1));
        Instant past = now.minus(Duration.ofDays(1));
        String pull = "https://mirror.example.com/x/metal-os/pull_requests/new-kernel/debian/12/img.tar.lz4?a=b";
        String other = "https://images.example.com/elsewhere.lz4";
        assertThat(images(pruner(store)
                        .plan(options(registered("debian-12.0.20260101", other, soon), registered("x-1", pull, soon)))
                        .going()))
                .isEmpty();
        PrunePlan used = pruner(store)
                .plan(options(
                        registered("debian-12.0.20260101", other, past, "machine"), registered("x-1", pull, past)));
        assertThat(images(used.going())).containsExactly("pull_requests/new-kernel/debian/12");
        assertThat(used.kept().getFirst().reason()).contains("debian-12.0.20260101", "machines use it");
        assertThat(images(pruner(store)
                        .plan(options(
                                registered("debian-12.0.20260101", other, past),
                                registered("debian-13.0.20260101", other, soon),
                                registered("debian-12.0.20260102", pull.replace("12/", "13/"), soon)))
                        .going()))
                .hasSize(2);
    }

    @Test
    void withdrawnReleasesGoUnlessMachinesUseThem() throws Exception {
        publish(STABLE, DEBIAN, "debian 3");
        publish(NEW, DEBIAN, "debian 2");
        publish(release("20260602"), DEBIAN, "debian 3");
        new Releaser(store, NO_PAUSE, clock, events::add).withdraw(NEW);
        assertThat(pruner(store).plan(options()).going())
                .extracting(PrunePlan.Judged::reason)
                .containsExactly("withdrawn on 2026-06-15");
        Instant past = now.minus(Duration.ofDays(1));
        assertThat(pruner(store)
                        .plan(options(registered("debian-12.0.20260601", "https://example.com/x.lz4", past, "machine")))
                        .going())
                .isEmpty();
        prune(store);
        assertThat(index(NEW).images()).isEmpty();
        assertThat(index(NEW).withdrawn()).isPresent();
        assertWhole();
    }

    @Test
    void theOnlyImageOfItsKindStaysInAPullRequest() throws Exception {
        publish(PULL, FIREWALL, "firewall");
        days(1);
        Channel other = Channel.parse("pull_requests/other");
        publish(other, FIREWALL, "firewall 2");
        days(100);
        PrunePlan plan = prune(store);
        assertThat(images(plan.going())).containsExactly("pull_requests/new-kernel/firewall/3.0-ubuntu");
        assertThat(images(plan.kept())).containsExactly("pull_requests/other/firewall/3.0-ubuntu");
    }

    @Test
    void whatIsInTheTrashCanBePutBack() throws Exception {
        fill();
        Map<Channel, ChannelIndex> before = Map.of(OLD, index(OLD), PULL, index(PULL));
        prune(store);
        days(6);
        prune(store);
        for (Map.Entry<Channel, ChannelIndex> channel : before.entrySet()) {
            assertThat(pruner(store).restore(channel.getKey())).hasSize(1);
            assertThat(index(channel.getKey())).isEqualTo(channel.getValue());
        }
        assertWhole();
        assertThatThrownBy(() -> pruner(store).restore(PULL))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("nothing of pull_requests/new-kernel in the trash");
        days(8);
        prune(store);
        assertWhole();
        days(7);
        prune(store);
        assertThatThrownBy(() -> pruner(store).restore(OLD)).isInstanceOf(FaultException.class);
    }

    @Test
    void aNewImageOfThatNameIsNotReplacedByThePrunedOne() throws Exception {
        fill();
        prune(store);
        PublishedImage anew = publish(PULL, DEBIAN, "debian anew");
        assertThat(index(PULL).pruned()).isEmpty();
        assertThatThrownBy(() -> pruner(store).restore(PULL)).isInstanceOf(FaultException.class);
        days(7);
        prune(store);
        assertThat(index(PULL).find(DEBIAN)).contains(anew);
        assertWhole();
    }

    @Test
    void aReleaseThatLostImagesIsNotMadeAnew() throws Exception {
        fill();
        prune(store);
        Releaser releaser = new Releaser(store, NO_PAUSE, clock, events::add);
        store.writeIfAbsent(new ObjectKey("metal-os/20260101/" + Releaser.NOTES), Content.of(new byte[0]));
        assertThatThrownBy(() -> releaser.plan(new Releaser.Options(OLD, STABLE, day("20260701"), false)))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("20260101 was released already");
    }

    @Test
    void whatIsNotUnderstoodEndsIt() throws Exception {
        fill();
        ObjectKey key = StoreLayout.index(NEW);
        byte[] good = bytes(key);
        store.replace(key, store.find(key).orElseThrow().version(), Content.of("{}".getBytes(StandardCharsets.UTF_8)));
        Map<String, Fingerprint> before = state();
        assertThatThrownBy(() -> prune(store))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("is damaged");
        assertThat(state()).isEqualTo(before);
        store.replace(key, store.find(key).orElseThrow().version(), Content.of(good));
        store.writeIfAbsent(TrashBin.KEY, Content.of("[]".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> prune(store))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("trash.json");
    }

    /** At every moment at which a process can end, as seen from the store: while it takes out, and while it deletes. */
    @Test
    void whoeverIsKilledLeavesAllIndexesWholeAndTheNextOneGoesOn() throws Exception {
        int killed = 0;
        for (int moment = 0; ; moment += stride()) {
            fill();
            boolean taking = isKilledAt(moment);
            assertIndexesWhole();
            days(7);
            boolean deleting = isKilledAt(moment);
            assertIndexesWhole();
            assertThat(index(STABLE).images()).containsOnlyKeys(DEBIAN);
            for (int run = 0; run < 2; run++) {
                days(7);
                prune(store);
                assertWhole();
            }
            assertThat(contents()).isEqualTo(7);
            assertThat(index(OLD).images()).containsOnlyKeys(FIREWALL);
            if (!taking && !deleting) {
                break;
            }
            killed++;
            store.close();
            openAgain();
        }
        assertThat(killed).isGreaterThan(30 / stride());
    }

    private void openAgain() throws Exception {
        now = START;
        store = openEmpty();
    }

    private boolean isKilledAt(int moment) {
        try {
            prune(ObservedStore.killedAt(moment, store));
            return false;
        } catch (ObservedStore.Killed killed) {
            return true;
        }
    }

    /**
     * Somebody publishes, from the first step to the last, at every moment while contents are deleted that he needs. If he
     * finds that they are, he waits.
     */
    @Test
    void whoPublishesMeanwhileLosesNothing() throws Exception {
        ArtifactLocation older = SampleArtifact.tested(directory.resolve("older/debian/12"), DEBIAN, 5000, 1);
        ArtifactLocation newer = SampleArtifact.tested(directory.resolve("newer/debian/12"), DEBIAN, 5000, 2);
        int waited = 0;
        boolean ended = false;
        for (int moment = 0; !ended; moment += stride()) {
            publish(older, Progress.SILENT);
            publish(newer, Progress.SILENT);
            prune(store);
            days(7);
            CountDownLatch published = new CountDownLatch(1);
            CountDownLatch waits = new CountDownLatch(1);
            int at = moment;
            boolean[] met = {false};
            try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
                List<Future<?>> publishing = new ArrayList<>();
                prune(new ObservedStore(
                        store,
                        call -> {
                            if (call == at) {
                                met[0] = true;
                                publishing.add(executor.submit(() -> {
                                    publish(older, event -> {
                                        if (event instanceof Progress.Event.Note) {
                                            waits.countDown();
                                            published.countDown();
                                        }
                                    });
                                    published.countDown();
                                    return null;
                                }));
                                await(published);
                            }
                        },
                        call -> {}));
                for (Future<?> each : publishing) {
                    each.get();
                }
            }
            waited += waits.getCount() == 0 ? 1 : 0;
            ended = !met[0];
            if (met[0]) {
                assertThat(index(STABLE)
                                .find(DEBIAN)
                                .orElseThrow()
                                .files()
                                .getFirst()
                                .fingerprint())
                        .isEqualTo(Fingerprint.ofFile(older.tarball()));
            }
            assertIndexesWhole();
            for (int run = 0; run < 2; run++) {
                days(7);
                prune(store);
                assertWhole();
            }
            store.close();
            openAgain();
        }
        assertThat(waited).isPositive();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void publish(ArtifactLocation location, Progress progress) throws IOException {
        new Publisher(store, SampleArtifact.INSPECTION, NO_PAUSE, clock, progress)
                .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, location)), false, false));
    }

    /** The other way round: all of a pruning, at every moment of a publishing. */
    @Test
    void whoIsMetByAPruningWhilePublishingLosesNothing() throws Exception {
        ArtifactLocation older = SampleArtifact.tested(directory.resolve("older/debian/12"), DEBIAN, 5000, 1);
        ArtifactLocation newer = SampleArtifact.tested(directory.resolve("newer/debian/12"), DEBIAN, 5000, 2);
        boolean ended = false;
        for (int moment = 0; !ended; moment += stride()) {
            publish(older, Progress.SILENT);
            publish(newer, Progress.SILENT);
            prune(store);
            days(7);
            int at = moment;
            boolean[] met = {false};
            ObservedStore observed = new ObservedStore(
                    store,
                    call -> {
                        if (call == at) {
                            met[0] = true;
                            prune(store);
                        }
                    },
                    call -> {});
            new Publisher(observed, SampleArtifact.INSPECTION, NO_PAUSE, clock, Progress.SILENT)
                    .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(DEBIAN, older)), false, false));
            ended = !met[0];
            assertWhole();
            for (int run = 0; run < 2; run++) {
                days(7);
                prune(store);
                assertWhole();
            }
            store.close();
            openAgain();
        }
    }

    @Test
    void nothingIsDeletedAfterTheAnnouncedTime() throws Exception {
        publish(STABLE, DEBIAN, "debian 1");
        publish(STABLE, DEBIAN, "debian 2");
        prune(store);
        days(7);
        int all = contents();
        Instant before = now;
        ObservedStore slow = new ObservedStore(store, call -> now = now.plus(Duration.ofMinutes(6)), call -> {});
        assertThatThrownBy(() -> prune(slow)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
            assertThat(fault).hasMessageContaining("took longer than 5 minutes");
        });
        assertThat(contents()).isEqualTo(all);
        assertThat(now).isAfter(before);
        prune(store);
        assertThat(contents()).isLessThan(all);
        assertWhole();
    }

    /** Who is not heard of again holds nobody up for longer than he said. */
    @Test
    void contentsThatAKilledOneWasDeletingCanBePublishedWhenHisTimeIsOver() throws Exception {
        ArtifactLocation older = SampleArtifact.tested(directory.resolve("older/debian/12"), DEBIAN, 5000, 1);
        ArtifactLocation newer = SampleArtifact.tested(directory.resolve("newer/debian/12"), DEBIAN, 5000, 2);
        publish(older, Progress.SILENT);
        publish(newer, Progress.SILENT);
        prune(store);
        days(7);
        int moment = 0;
        while (new TrashBin(new RetryingStore(store, NO_PAUSE, note -> {}), NO_PAUSE, clock, Progress.SILENT)
                .trash().objects().values().stream().noneMatch(object -> object.isBeingDeleted(now))) {
            assertThat(isKilledAt(moment++)).isTrue();
        }
        int[] told = {0};
        publish(older, event -> {
            if (event instanceof Progress.Event.Note) {
                told[0]++;
                now = now.plus(Duration.ofMinutes(16));
            }
        });
        assertThat(told[0]).isEqualTo(1);
        assertWhole();
    }
}
