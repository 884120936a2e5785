package io.metalimages.pipeline.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.Digest;
import io.metalimages.engine.snapshot.Origin;
import io.metalimages.engine.snapshot.PlainSnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.CacheMounts;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes from the state directory, what stays, and that neither builds nor kills mind. */
class StateCacheTest {

    private static final Snapshot NOTHING = new Snapshot("", List.of(), Instant.MAX);
    private static final CachePolicy USELESS = new CachePolicy(Optional.empty(), Optional.empty(), false);
    private static final CachePolicy ALL = new CachePolicy(Optional.empty(), Optional.empty(), true);
    private static final int FILE = 10_000;

    @TempDir
    Path directory;

    private StateDirectory state;
    private SnapshotStore snapshots;
    private WorkDirectory work;
    private StateCache cache;

    @BeforeEach
    void open() throws Exception {
        state = new StateDirectory(directory.resolve("state"));
        snapshots = new PlainSnapshotStore(state);
        reopen();
    }

    /** As another program: nothing is in use. */
    private void reopen() throws Exception {
        close();
        work = WorkDirectory.open(state, note -> {});
        cache = new StateCache(state, snapshots, work);
    }

    @AfterEach
    void close() throws IOException {
        if (work != null) {
            work.close();
        }
    }

    private static Snapshot commit(SnapshotStore snapshots, String name, Snapshot parent, WorkDirectory work)
            throws IOException {
        Path layer = Files.createDirectory(work.newDirectory("layer").resolve("root"));
        Files.write(layer.resolve("file"), new byte[FILE]);
        Origin origin = new Origin(
                Digest.of(name).hex(),
                "RUN " + name,
                "os/tiny/Dockerfile:7",
                "tiny/1 " + name,
                new TreeMap<>(Map.of("the command", Digest.of(name).hex())));
        return snapshots.commit(origin, parent, layer, Instant.EPOCH, work);
    }

    private Snapshot commit(String name, Snapshot parent) throws IOException {
        return commit(snapshots, name, parent, work);
    }

    private void used(Snapshot snapshot, int days) throws IOException {
        Files.setLastModifiedTime(
                state.snapshots().resolve(snapshot.id()).resolve("in-use"),
                FileTime.from(Instant.now().minus(Duration.ofDays(days))));
    }

    private List<String> left() throws IOException {
        List<String> names = new ArrayList<>();
        snapshots.walk(entry -> names.add(entry.name()));
        return names;
    }

    @Test
    void removesWhatWasNotUsedForLongAndNothingBelowWhatWas() throws Exception {
        Snapshot base = commit("base", NOTHING);
        Snapshot old = commit("old", base);
        Snapshot recent = commit("recent", base);
        reopen();
        used(base, 90);
        used(old, 70);
        used(recent, 1);

        StateCache.Pruning pruning =
                cache.prune(new CachePolicy(Optional.empty(), Optional.of(Duration.ofDays(60)), false), false);
        assertThat(pruning.removed()).extracting(CacheEntry::name).containsExactly("RUN old");
        assertThat(pruning.freed()).isBetween((long) FILE, FILE + 9000L);
        assertThat(left()).containsExactlyInAnyOrder("RUN base", "RUN recent");
        assertThat(snapshots.find(Digest.of("old"), work)).isEmpty();
        assertThat(snapshots.find(Digest.of("recent"), work)).isPresent();
    }

    @Test
    void removesTheOldestUntilTheRestIsSmallEnough() throws Exception {
        for (int age = 1; age <= 5; age++) {
            Snapshot made = commit("step " + age, NOTHING);
            reopen();
            used(made, age);
        }
        CachePolicy policy = new CachePolicy(Optional.of(3L * (FILE + 5000)), Optional.empty(), false);
        assertThat(cache.prune(policy, true).removed())
                .extracting(CacheEntry::name)
                .startsWith("RUN step 5", "RUN step 4");
        assertThat(left()).as("after a dry run").hasSize(5);
        StateCache.Pruning pruning = cache.prune(policy, false);
        assertThat(pruning.left()).isLessThanOrEqualTo(policy.keepBytes().orElseThrow());
        assertThat(left()).containsExactlyInAnyOrder("RUN step 1", "RUN step 2", "RUN step 3");
        assertThat(cache.prune(policy, false).removed()).isEmpty();
    }

    @Test
    void removesAlwaysWhatANewerResultReplacedAndWhatLiesOnIt() throws Exception {
        Snapshot first = commit("base", NOTHING);
        commit("step", first);
        commit("base", NOTHING);
        reopen();
        assertThat(cache.prune(USELESS, false).removed())
                .extracting(CacheEntry::name)
                .containsExactly("RUN step", "RUN base");
        assertThat(left()).containsExactly("RUN base");
        assertThat(snapshots.find(Digest.of("base"), work)).isPresent();
    }

    @Test
    void whatAnotherProgramUsesStaysWithAllBelowIt() throws Exception {
        Snapshot base = commit("base", NOTHING);
        commit("step", base);
        commit("other", NOTHING);
        reopen();
        try (WorkDirectory builder = WorkDirectory.open(state, note -> {})) {
            assertThat(snapshots.find(Digest.of("step"), builder)).isPresent();
            StateCache.Pruning pruning = cache.prune(ALL, false);
            assertThat(pruning.inUse()).extracting(CacheEntry::name).containsExactly("RUN step");
            assertThat(left()).containsExactlyInAnyOrder("RUN base", "RUN step");
        }
        cache.prune(ALL, false);
        assertThat(left()).isEmpty();
        assertThat(state.actions()).isEmptyDirectory();
    }

    @Test
    void aCacheMountStaysWhileAStepUsesIt() throws Exception {
        CacheMounts mounts = new CacheMounts(state, work);
        Path used;
        try (CacheMounts.Use use = mounts.use("/var/cache/apt", begun -> {})) {
            used = Files.write(use.directory().resolve("package.deb"), new byte[FILE]);
            assertThat(cache.prune(ALL, false).inUse())
                    .extracting(CacheEntry::name)
                    .containsExactly("/var/cache/apt");
            assertThat(used).exists();
        }
        assertThat(cache.prune(ALL, false).removed())
                .extracting(CacheEntry::name)
                .containsExactly("/var/cache/apt");
        assertThat(used.getParent()).doesNotExist();
        assertThat(state.caches()).isEmptyDirectory();
    }

    @Test
    void tellsHowMuchThereIsOfWhat() throws Exception {
        commit("base", NOTHING);
        Files.writeString(state.logs().resolve("0123456789abcdef.log"), "output");
        Files.createDirectories(state.root().resolve("jdk/bin"));
        assertThat(cache.usage())
                .extracting(StateCache.Usage::kind)
                .contains(CacheKind.STEP_RESULT, CacheKind.STEP_LOG, CacheKind.PROGRAM);
        cache.prune(ALL, false);
        assertThat(state.logs()).as("a log may still be written to").isNotEmptyDirectory();
        assertThat(state.root().resolve("jdk/bin")).exists();
    }

    @Test
    void namesWhatIsDamagedAndRemovesItSoThatItIsAMiss() throws Exception {
        Snapshot base = commit("base", NOTHING);
        commit("step", base);
        commit("whole", NOTHING);
        RecordFile.replace(state.history().resolve("one.json"), Map.of("a", "b"), work);
        Path block = Files.createDirectories(state.blocks().resolve("level-9/00"))
                .resolve(Digest.of("x").hex());
        Files.write(block, new byte[20]);
        reopen();
        assertThat(cache.usage()).isNotEmpty();
        Files.writeString(state.history().resolve("one.json"), "{");
        Files.write(base.layers().getFirst().resolve("file"), new byte[FILE - 1]);

        StateCache.Verification found = cache.verify(false);
        assertThat(found.damages())
                .extracting(damage -> damage.entry().name())
                .containsExactlyInAnyOrder("RUN base", "RUN step", "one.json", "level-9/00/" + block.getFileName());
        assertThat(left()).hasSize(3);

        assertThat(cache.verify(true).damages()).hasSize(4).allMatch(StateCache.Damage::removed);
        assertThat(cache.verify(false).damages()).isEmpty();
        assertThat(block).doesNotExist();
        assertThat(snapshots.find(Digest.of("base"), work)).isEmpty();
        assertThat(snapshots.find(Digest.of("step"), work)).isEmpty();
        assertThat(snapshots.find(Digest.of("whole"), work)).isPresent();
    }

    /** As a disk does that loses a bit: neither size nor time tells. */
    @Test
    void namesAFileThatHoldsSomethingElseThanWhenItWasFirstVerified() throws Exception {
        Snapshot base = commit("base", NOTHING);
        commit("whole", NOTHING);
        reopen();
        assertThat(cache.verify(false).damages()).isEmpty();
        Path file = base.layers().getFirst().resolve("file");
        FileTime modified = Files.getLastModifiedTime(file);
        byte[] content = Files.readAllBytes(file);
        content[FILE / 2] ^= 1;
        Files.write(file, content);
        Files.setLastModifiedTime(file, modified);

        assertThat(cache.verify(false).damages()).singleElement().satisfies(damage -> {
            assertThat(damage.entry().name()).isEqualTo("RUN base");
            assertThat(damage.reason()).contains("holds something else than when it was first verified");
        });
        assertThat(cache.verify(true).damages()).allMatch(StateCache.Damage::removed);
        assertThat(cache.verify(false).damages()).isEmpty();
    }

    @Test
    void countsNothingTwiceAndForgetsNoDirectory() throws Exception {
        commit("base", NOTHING);
        Files.createDirectories(state.root().resolve("unknown"));
        cache.collect(USELESS);
        assertThat(cache.usage())
                .filteredOn(usage -> usage.kind() == CacheKind.OTHER)
                .singleElement()
                .extracting(StateCache.Usage::entries)
                .as("the unknown directory, and those of locks and of programs that run")
                .isEqualTo(3L);
    }

    @Test
    void explainsWhatMadeAResult() throws Exception {
        Snapshot base = commit("base", NOTHING);
        Snapshot step = commit("step", base);
        assertThat(cache.explain("tiny/1"))
                .extracting(explanation -> explanation.entry().id())
                .containsExactly(base.id(), step.id());
        assertThat(cache.explain("Dockerfile:7")).hasSize(2);
        assertThat(cache.explain("tiny/2")).isEmpty();
        StateCache.Explanation explanation =
                cache.explain(Digest.of("step").hex().substring(0, 12)).getFirst();
        assertThat(explanation.below()).extracting(CacheEntry::id).containsExactly(base.id());
        assertThat(explanation.origin().orElseThrow().components()).containsKey("the command");
    }

    @Test
    void collectsAtMostOnceAnHour() throws Exception {
        assertThat(cache.collect(USELESS)).isPresent();
        assertThat(cache.collect(USELESS)).isEmpty();
        Files.setLastModifiedTime(
                state.root().resolve("collected"), FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        assertThat(cache.collect(USELESS)).isPresent();
    }

    /** Finds or makes a chain of results, and reads each of them to the end, as a build does. */
    private static void build(StateDirectory state, int round) throws IOException, InterruptedException {
        SnapshotStore snapshots = new PlainSnapshotStore(state);
        try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
            Snapshot current = NOTHING;
            String key = "chain";
            for (int step = 0; step < 4; step++) {
                key += "-" + (step < 2 ? step : round + "." + step);
                Optional<Snapshot> found = snapshots.find(Digest.of(key + current.id()), work);
                current = found.isPresent() ? found.get() : commit(snapshots, key + current.id(), current, work);
                try (SnapshotStore.View view = snapshots.view(current, work)) {
                    assertThat(Files.readAllBytes(view.root().resolve("file"))).hasSize(FILE);
                }
            }
            List<SnapshotStore.Entry> entries = new ArrayList<>();
            snapshots.walk(entries::add);
            String last = current.id();
            assertThat(entries)
                    .filteredOn(entry -> entry.id().equals(last))
                    .allMatch(entry -> entry.damage().isEmpty())
                    .hasSize(1);
        }
    }

    @Test
    void buildsDoNotMindThatEverythingIsPrunedAllTheTime() throws Exception {
        AtomicBoolean building = new AtomicBoolean(true);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> builds = new ArrayList<>();
            for (int builder = 0; builder < 3; builder++) {
                int first = 100 * builder;
                builds.add(threads.submit(() -> {
                    for (int round = first; round < first + 25; round++) {
                        build(state, round);
                    }
                    return null;
                }));
            }
            Future<Long> pruning = threads.submit(() -> {
                long removed = 0;
                while (building.get()) {
                    removed += cache.prune(ALL, false).removed().size();
                }
                return removed;
            });
            try {
                for (Future<?> build : builds) {
                    build.get();
                }
            } finally {
                building.set(false);
            }
            assertThat(pruning.get()).isPositive();
        }
        cache.prune(ALL, false);
        assertThat(left()).isEmpty();
    }

    /** Removes everything from the state directory that is its argument. */
    static final class Pruning {
        public static void main(String[] arguments) throws Exception {
            StateDirectory state = new StateDirectory(Path.of(arguments[0]));
            try (WorkDirectory work = WorkDirectory.open(state, note -> {})) {
                System.out.println("pruning");
                new StateCache(state, new PlainSnapshotStore(state), work).prune(ALL, false);
            }
        }
    }

    @Test
    void aKilledPruneLeavesWholeEntries() throws Exception {
        Snapshot chain = NOTHING;
        for (int step = 0; step < 300; step++) {
            chain = commit("chain " + step, chain);
        }
        close();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Pruning.class.getName(),
                        state.root().toString())
                .redirectErrorStream(true)
                .start();
        while (left().size() == 300 && process.isAlive()) {
            Thread.onSpinWait();
        }
        process.destroyForcibly().waitFor();

        List<String> notes = new ArrayList<>();
        work = WorkDirectory.open(state, notes::add);
        cache = new StateCache(state, snapshots, work);
        List<SnapshotStore.Entry> entries = new ArrayList<>();
        snapshots.walk(entries::add);
        assertThat(entries).allMatch(entry -> entry.damage().isEmpty()).hasSizeLessThan(300);
        for (int step = 0; step < entries.size(); step++) {
            assertThat(snapshots.find(Digest.of("chain " + step), work))
                    .as("step " + step)
                    .isPresent();
        }
        try (Stream<Path> left = Files.list(state.work())) {
            assertThat(left.filter(Files::isDirectory)).containsExactly(work.path());
        }
        reopen();
        cache.prune(ALL, false);
        assertThat(left()).isEmpty();
        assertThat(state.actions()).isEmptyDirectory();
    }
}
