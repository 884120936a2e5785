package io.metalimages.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.metalimages.common.Digest;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every store of snapshots does. */
abstract class SnapshotStoreTest {

    private static final Snapshot NOTHING = new Snapshot("", List.of(), Instant.MAX);
    private static final Instant BEGUN = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore store;

    abstract SnapshotStore open(StateDirectory stateDirectory) throws IOException;

    @BeforeEach
    void prepareStore() throws Exception {
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        store = open(state);
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        if (work != null) {
            work.close();
        }
    }

    /** Writes to a prepared file system. */
    @FunctionalInterface
    private interface Change {
        void apply(Path root) throws IOException;
    }

    static Origin origin(String key) {
        return new Origin(
                Digest.of(key).hex(), "step " + key, "Dockerfile:1", "image " + key, new TreeMap<>(Map.of("a", "b")));
    }

    private Snapshot commit(String key, Snapshot parent, Change change) throws Exception {
        Path changes;
        try (SnapshotStore.Prepared prepared = store.prepare(parent, work)) {
            change.apply(prepared.root());
            changes = prepared.changes();
        }
        return store.commit(origin(key), parent, changes, BEGUN, work);
    }

    private List<String> files(Snapshot snapshot) throws IOException {
        try (SnapshotStore.View view = store.view(snapshot, work);
                Stream<Path> files = Files.walk(view.root())) {
            return files.filter(file -> !file.equals(view.root()))
                    .map(file -> view.root().relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void whatIsCommittedIsFound() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        Snapshot next = commit("next", base, root -> Files.writeString(root.resolve("b"), "b"));

        assertThat(store.find(Digest.of("base"), work)).contains(base);
        assertThat(store.find(Digest.of("next"), work)).contains(next);
        assertThat(store.find(Digest.of("other"), work)).isEmpty();
        assertThat(open(state).find(Digest.of("next"), work))
                .as("by another process")
                .contains(next);
        assertThat(files(next)).containsExactly("a", "b");
        assertThat(files(base)).containsExactly("a");
        assertThat(next.begun()).as("of the lowest").isEqualTo(BEGUN);
    }

    /** How much this process has read, in bytes. */
    private static long read() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("rchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
                .sum();
    }

    /** As another program whose steps are all in the cache. */
    private long readToFind(int steps) throws Exception {
        SnapshotStore another = open(state);
        long before = read();
        for (int step = 0; step < steps; step++) {
            assertThat(another.find(Digest.of("chain " + step), work)).isPresent();
        }
        return read() - before;
    }

    @Test
    void eachRecordOfAChainIsReadOnce() throws Exception {
        Snapshot chain = NOTHING;
        for (int step = 0; step < 400; step++) {
            Path layer = Files.createDirectory(work.newDirectory("layer").resolve("root"));
            chain = store.commit(origin("chain " + step), chain, layer, BEGUN, work);
        }
        readToFind(400);
        long half = readToFind(200);
        assertThat(readToFind(400)).isBetween(half, 3 * half);
    }

    @Test
    void changesAndRemovalsAreTheChildsOwn() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> {
            Files.createDirectories(root.resolve("d/e"));
            Files.writeString(root.resolve("d/e/f"), "old");
            Files.writeString(root.resolve("g"), "g");
            Files.createSymbolicLink(root.resolve("link"), Path.of("/outside"));
        });
        Snapshot next = commit("next", base, root -> {
            Files.writeString(root.resolve("d/e/f"), "new");
            Files.delete(root.resolve("g"));
            Files.delete(root.resolve("link"));
            Files.createDirectory(root.resolve("link"));
        });

        assertThat(files(next)).containsExactly("d", "d/e", "d/e/f", "link");
        assertThat(files(base)).containsExactly("d", "d/e", "d/e/f", "g", "link");
        try (SnapshotStore.View old = store.view(base, work);
                SnapshotStore.View changed = store.view(next, work)) {
            assertThat(old.root().resolve("d/e/f")).hasContent("old");
            assertThat(old.root().resolve("link")).isSymbolicLink();
            assertThat(changed.root().resolve("d/e/f")).hasContent("new");
            assertThat(changed.root().resolve("link")).isDirectory();
        }
    }

    @Test
    void preparedViewsAreIndependentAndLostUnlessCommitted() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        try (SnapshotStore.Prepared one = store.prepare(base, work);
                SnapshotStore.Prepared two = store.prepare(base, work)) {
            Files.writeString(one.root().resolve("a"), "one");
            Files.writeString(two.root().resolve("b"), "two");
            assertThat(two.root().resolve("a")).hasContent("a");
            assertThat(one.root().resolve("b")).doesNotExist();
        }
        assertThat(files(base)).containsExactly("a");
        assertThat(entries()).hasSize(1);
    }

    @Test
    void stacksFiveHundredLayers() throws Exception {
        Snapshot stack = NOTHING;
        for (int layer = 1; layer < 500; layer++) {
            Path changes = Files.createDirectory(work.newDirectory("layer").resolve("root"));
            if (layer == 1) {
                Files.writeString(changes.resolve("lowest"), "1");
            }
            stack = store.commit(origin("layer " + layer), stack, changes, BEGUN, work);
        }
        Snapshot whole = commit("layer 500", stack, root -> Files.writeString(root.resolve("highest"), "500"));
        assertThat(files(whole)).contains("highest");
        assertThat(store.find(Digest.of("layer 500"), work)).contains(whole);
        if (store.mostLayers() == 500) {
            assertThat(files(whole)).containsExactly("highest", "lowest");
            assertThatThrownBy(() -> store.prepare(whole, work)).hasMessage("overlayfs stacks at most 500 layers.");
        }
    }

    @Test
    void anEmptyFileSystemCanBeViewed() throws Exception {
        assertThat(files(NOTHING)).isEmpty();
    }

    @Test
    void theNewestResultOfAKeyCounts() throws Exception {
        Snapshot first = commit("key", NOTHING, root -> Files.writeString(root.resolve("a"), "1"));
        Snapshot second = commit("key", NOTHING, root -> Files.writeString(root.resolve("a"), "2"));
        assertThat(first.id()).isNotEqualTo(second.id());
        assertThat(store.find(Digest.of("key"), work)).contains(second);
        assertThat(entries()).hasSize(2);
    }

    private List<SnapshotStore.Entry> entries() throws IOException {
        List<SnapshotStore.Entry> entries = new ArrayList<>();
        store.walk(entries::add);
        return entries;
    }

    @Test
    void walksWhatIsThereAndAlsoWhatIsDamaged() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        Snapshot next = commit("next", base, root -> Files.writeString(root.resolve("b"), "b"));
        Snapshot damaged = commit("damaged", base, root -> Files.writeString(root.resolve("c"), "c"));
        Files.writeString(state.snapshots().resolve(damaged.id()).resolve("snapshot.json"), "");

        assertThat(entries())
                .extracting(
                        SnapshotStore.Entry::id,
                        SnapshotStore.Entry::parent,
                        SnapshotStore.Entry::name,
                        entry -> entry.damage().isPresent())
                .containsExactlyInAnyOrder(
                        tuple(base.id(), Optional.empty(), "step base", false),
                        tuple(next.id(), Optional.of(base.id()), "step next", false),
                        tuple(damaged.id(), Optional.empty(), "", true));
    }

    private SnapshotStore.Entry entry(Snapshot snapshot) throws IOException {
        return entries().stream()
                .filter(entry -> entry.id().equals(snapshot.id()))
                .findFirst()
                .orElseThrow();
    }

    /** Nothing is in use afterwards. */
    private void reopen() throws Exception {
        work.close();
        work = WorkDirectory.open(state, note -> {});
    }

    @Test
    void whatIsRemovedAndWhatLiesOnItIsNotFound() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        Snapshot next = commit("next", base, root -> Files.writeString(root.resolve("b"), "b"));
        Snapshot other = commit("other", NOTHING, root -> Files.writeString(root.resolve("c"), "c"));
        reopen();

        SnapshotStore.Entry removed = entry(base);
        assertThat(store.remove(removed, work)).isTrue();
        assertThat(store.remove(removed, work)).isTrue();
        assertThat(store.find(Digest.of("base"), work)).isEmpty();
        assertThat(store.find(Digest.of("next"), work)).isEmpty();
        assertThat(store.find(Digest.of("other"), work)).contains(other);
        assertThat(entries()).extracting(SnapshotStore.Entry::id).containsExactlyInAnyOrder(next.id(), other.id());
        assertThat(state.actions().resolve(Digest.of("base").hex())).doesNotExist();
        assertThatThrownBy(() -> store.usage("../logs")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsInUseOrWasUsedSinceItWasVisitedIsNotRemoved() throws Exception {
        Snapshot made = commit("made", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        assertThat(store.remove(entry(made), work)).as("just committed").isFalse();
        reopen();

        SnapshotStore.Entry before = entry(made);
        try (WorkDirectory other = WorkDirectory.open(state, note -> {})) {
            assertThat(store.find(Digest.of("made"), other)).contains(made);
            assertThat(store.remove(entry(made), work)).as("found by another").isFalse();
        }
        assertThat(entry(made).used()).isAfter(before.used());
        assertThat(store.remove(before, work)).as("used since").isFalse();
        assertThat(store.find(Digest.of("made"), work)).contains(made);
        reopen();
        assertThat(store.remove(entry(made), work)).isTrue();
        assertThat(entries()).isEmpty();
    }

    @Test
    void tellsWhatMadeASnapshotAndWhetherItIsTheNewest() throws Exception {
        Snapshot first = commit("key", NOTHING, root -> Files.writeString(root.resolve("a"), "1"));
        Snapshot second = commit("key", NOTHING, root -> Files.writeString(root.resolve("a"), "2"));
        assertThat(store.origin(second.id())).contains(origin("key"));
        assertThat(entry(first).current()).isFalse();
        assertThat(entry(second).current()).isTrue();
    }

    @Test
    void sweepsKeysThatLeadNowhere() throws Exception {
        Snapshot made = commit("made", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        commit("lost", NOTHING, root -> Files.writeString(root.resolve("b"), "b"));
        try (Stream<Path> all = Files.list(state.snapshots())) {
            for (Path place : all.filter(place -> !place.endsWith(made.id())).toList()) {
                WorkDirectory.deleteTree(place);
            }
        }
        store.sweep();
        assertThat(state.actions().resolve(Digest.of("lost").hex())).doesNotExist();
        assertThat(store.find(Digest.of("made"), work)).contains(made);
    }

    @Test
    void noticesALayerThatWasChanged() throws Exception {
        Snapshot made = commit("made", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        assertThat(store.verify(entry(made))).isEmpty();
        assertThat(store.usage(made.id())).isPositive();
        assertThat(store.verify(entry(made))).isEmpty();
        Files.writeString(made.layers().getLast().resolve("a"), "something else");
        assertThat(store.verify(entry(made)).orElseThrow()).contains("was changed");
        Files.writeString(state.snapshots().resolve(made.id()).resolve("snapshot.json"), "{");
        assertThat(store.verify(entry(made)).orElseThrow()).contains("snapshot.json is damaged");
    }

    @Test
    void tellsHowMuchASnapshotTakes() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> Files.write(root.resolve("a"), new byte[100_000]));
        Snapshot next = commit("next", base, root -> {
            Files.write(root.resolve("b"), new byte[50_000]);
            Files.createLink(root.resolve("c"), root.resolve("b"));
        });
        assertThat(store.usage(base.id())).isBetween(100_000L, 120_000L);
        assertThat(store.usage(next.id())).isBetween(50_000L, 170_000L);
        assertThat(store.usage("0".repeat(32))).isZero();
    }

    @Test
    void aFailureIsKeptApartAndReplacesTheOneBefore() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        for (String content : List.of("first", "second")) {
            Path changes;
            try (SnapshotStore.Prepared prepared = store.prepare(base, work)) {
                Files.writeString(prepared.root().resolve("half"), content);
                changes = prepared.changes();
            }
            store.commitFailed(origin("failing"), base, changes, BEGUN, work);
        }
        assertThat(store.find(Digest.of("failing"), work)).isEmpty();
        Snapshot left = store.findFailed(Digest.of("failing").hex().substring(0, 12), work)
                .orElseThrow();
        assertThat(files(left)).containsExactly("a", "half");
        try (SnapshotStore.View view = store.view(left, work)) {
            assertThat(view.root().resolve("half")).hasContent("second");
        }
        assertThat(store.findFailed("no such key", work)).isEmpty();
    }

    @Test
    void isFoundAfterItWasMadeSafe() throws Exception {
        Snapshot base = commit("base", NOTHING, root -> Files.writeString(root.resolve("a"), "a"));
        store.synchronise();
        assertThat(store.find(Digest.of("base"), work)).contains(base);
    }
}
