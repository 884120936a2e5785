package io.metalimages.store.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store does. */
public abstract class ObjectStoreTest {

    private static final int WRITERS = 8;

    @TempDir
    private Path directory;

    private ObjectStore store;

    /** A store with nothing in it. */
    public abstract ObjectStore openEmpty() throws Exception;

    /** A size that this store writes in several steps. */
    public abstract int largeBytes();

    @BeforeEach
    void open() throws Exception {
        store = openEmpty();
    }

    @AfterEach
    void close() {
        store.close();
    }

    public final ObjectStore store() {
        return store;
    }

    public static ObjectKey key(String value) {
        return new ObjectKey(value);
    }

    public static Content text(String text) {
        return Content.of(text.getBytes(StandardCharsets.UTF_8));
    }

    final byte[] bytes(ObjectKey key, ByteRange range) throws IOException {
        try (ObjectReader reader = store.read(key, range)) {
            return reader.content().readAllBytes();
        }
    }

    public final String text(ObjectKey key) throws IOException {
        return new String(bytes(key, ByteRange.ALL), StandardCharsets.UTF_8);
    }

    private List<String> keys(String directory) throws IOException {
        try (Stream<ObjectSummary> objects = store.list(directory)) {
            return objects.map(object -> object.key().value()).toList();
        }
    }

    private static SequencedMap<String, ObjectKey> sources(ObjectKey image, ObjectKey checksum) {
        SequencedMap<String, ObjectKey> sources = new LinkedHashMap<>();
        sources.put("img.tar.lz4", image);
        sources.put("img.tar.lz4.md5", checksum);
        return sources;
    }

    private ObjectKey write(String key, String text) throws IOException {
        store.writeIfAbsent(key(key), text(text));
        return key(key);
    }

    /** Does {@code work} in several threads at the same time; it is given their numbers. */
    private static <T> List<T> together(int threads, Numbered<T> work) throws Exception {
        CountDownLatch ready = new CountDownLatch(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<T>> futures = new ArrayList<>();
            for (int number = 0; number < threads; number++) {
                int own = number;
                futures.add(executor.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return work.perform(own);
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }

    @FunctionalInterface
    private interface Numbered<T> {
        T perform(int number) throws Exception;
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        ObjectVersion version = store.writeIfAbsent(key("a/b/c.txt"), text("content"));
        try (ObjectReader reader = store.read(key("a/b/c.txt"), ByteRange.ALL)) {
            assertThat(reader.key()).isEqualTo(key("a/b/c.txt"));
            assertThat(reader.bytes()).isEqualTo(7);
            assertThat(reader.version()).isEqualTo(version);
            assertThat(reader.content()).hasContent("content");
        }
        ObjectSummary summary = store.find(key("a/b/c.txt")).orElseThrow();
        assertThat(summary.bytes()).isEqualTo(7);
        assertThat(summary.version()).isEqualTo(version);
    }

    @Test
    void emptyContentIsAnObject() throws Exception {
        write("empty", "");
        assertThat(text(key("empty"))).isEmpty();
        assertThat(store.find(key("empty")).orElseThrow().bytes()).isZero();
        assertThat(store.holds(key("empty"), text(""))).isTrue();
    }

    @Test
    void whatIsNotThereIsNamed() throws Exception {
        write("a/b", "content");
        for (ObjectKey missing : List.of(key("nothing"), key("a"), key("a/c"), key("a/b/c"))) {
            assertThat(store.find(missing)).isEmpty();
            assertThat(store.holds(missing, text("content"))).isFalse();
            assertThatThrownBy(() -> store.read(missing, ByteRange.ALL))
                    .isInstanceOf(StoreException.NoSuchObject.class)
                    .hasMessageContaining(missing.value());
            assertThatThrownBy(() -> store.copy(missing, key("copy"))).isInstanceOf(StoreException.NoSuchObject.class);
            store.delete(missing);
        }
        assertThat(store.find(key("copy"))).isEmpty();
        assertThat(text(key("a/b"))).isEqualTo("content");
    }

    @Test
    void rangesAreCutAtTheEnd() throws Exception {
        ObjectKey key = write("digits", "0123456789");
        assertThat(bytes(key, new ByteRange(2, 3))).asString().isEqualTo("234");
        assertThat(bytes(key, new ByteRange(8, 100))).asString().isEqualTo("89");
        assertThat(bytes(key, ByteRange.from(7))).asString().isEqualTo("789");
        assertThat(bytes(key, new ByteRange(0, 0))).isEmpty();
        assertThat(bytes(key, new ByteRange(10, 5))).isEmpty();
        assertThat(bytes(key, ByteRange.from(1000))).isEmpty();
        try (ObjectReader reader = store.read(key, ByteRange.from(1000))) {
            assertThat(reader.bytes()).isEqualTo(10);
            assertThat(reader.version()).isEqualTo(store.find(key).orElseThrow().version());
        }
    }

    @Test
    void objectsAreListedByTheBytesOfTheirKeys() throws Exception {
        // A slash is between a hyphen and a digit; an umlaut is behind all letters; what needs four bytes is last.
        List<String> ordered = new ArrayList<>(List.of("a-b", "a.b", "a/b", "a/c/d", "a0", "b", "z", "ä", "\uFFEE"));
        if (comparesAllCharactersByTheirBytes()) {
            ordered.add("\uD83D\uDE00");
        }
        List<String> shuffled = new ArrayList<>(ordered);
        Collections.shuffle(shuffled, new Random(1));
        for (String key : shuffled) {
            write(key, key);
        }
        assertThat(keys("")).isEqualTo(ordered);
        assertThat(keys("a")).containsExactly("a/b", "a/c/d");
        assertThat(keys("a/c")).containsExactly("a/c/d");
        assertThat(keys("b")).isEmpty();
        assertThat(keys("nothing")).isEmpty();
    }

    /** Why what happens at the same moment says nothing of this store, but of the server only; empty if it does. */
    public Optional<String> whyNothingIsAtomic() {
        return Optional.empty();
    }

    private void assumeAtomic() {
        assumeTrue(whyNothingIsAtomic().isEmpty(), () -> whyNothingIsAtomic().orElseThrow());
    }

    public boolean comparesAllCharactersByTheirBytes() {
        return true;
    }

    @Test
    void directoriesAreListedWithoutWhatIsBelowThem() throws Exception {
        assertThat(store.directories("top")).isEmpty();
        for (String name :
                List.of("top/b/1", "top/b/2/3", "top/a-/1", "top/a/deep/down/1", "top/object", "topmost/x/1")) {
            store.writeIfAbsent(key(name), Content.of(new byte[] {1}));
        }
        assertThat(store.directories("top")).containsExactlyInAnyOrder("a", "a-", "b");
        store.delete(key("top/a/deep/down/1"));
        assertThat(store.directories("top")).containsExactlyInAnyOrder("a-", "b");
    }

    @Test
    void listingsTellSizesAndVersions() throws Exception {
        ObjectVersion version = store.writeIfAbsent(key("a/b"), text("content"));
        try (Stream<ObjectSummary> objects = store.list("a")) {
            ObjectSummary summary = objects.findFirst().orElseThrow();
            assertThat(summary.bytes()).isEqualTo(7);
            assertThat(summary.version()).isEqualTo(version);
            assertThat(summary).isEqualTo(store.find(key("a/b")).orElseThrow());
        }
    }

    @Test
    void longListingsAreWhole() throws Exception {
        List<String> keys = IntStream.range(0, longListing())
                .mapToObj(number -> String.format("many/%04d", number))
                .toList();
        ObjectKey source = write("one", "");
        together(WRITERS, number -> {
            for (int i = number; i < keys.size(); i += WRITERS) {
                store.copy(source, key(keys.get(i)));
            }
            return number;
        });
        assertThat(keys("many")).isEqualTo(keys);
    }

    /** More than this store tells at once. */
    public abstract int longListing();

    @Test
    void anObjectIsNotWrittenTwice() throws Exception {
        write("key", "first");
        assertThatThrownBy(() -> store.writeIfAbsent(key("key"), text("second")))
                .isInstanceOf(StoreException.ObjectExists.class)
                .hasMessageContaining("key");
        assertThat(text(key("key"))).isEqualTo("first");
    }

    @Test
    void onlyTheVersionThatWasReadIsReplaced() throws Exception {
        ObjectVersion first = store.writeIfAbsent(key("key"), text("first"));
        ObjectVersion second = store.replace(key("key"), first, text("other"));
        assertThat(second).isNotEqualTo(first);
        assertThat(text(key("key"))).isEqualTo("other");
        assertThatThrownBy(() -> store.replace(key("key"), first, text("third")))
                .isInstanceOf(StoreException.VersionChanged.class)
                .hasMessageContaining("key");
        assertThat(text(key("key"))).isEqualTo("other");
        store.delete(key("key"));
        assertThatThrownBy(() -> store.replace(key("key"), second, text("third")))
                .isInstanceOf(StoreException.VersionChanged.class);
        assertThat(store.find(key("key"))).isEmpty();
    }

    @Test
    void contentThatIsNotWhatItShouldBeIsNotWritten() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "other");
        Content wrong = Content.ofFile(file, Fingerprint.of("right".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> store.writeIfAbsent(key("key"), wrong))
                .isInstanceOf(StoreException.ContentDamaged.class)
                .hasMessageContaining("key");
        assertThat(store.find(key("key"))).isEmpty();
        ObjectVersion version = store.writeIfAbsent(key("key"), text("first"));
        assertThatThrownBy(() -> store.replace(key("key"), version, wrong))
                .isInstanceOf(StoreException.ContentDamaged.class);
        assertThat(text(key("key"))).isEqualTo("first");
    }

    @Test
    void holdsTellsEveryDifference() throws Exception {
        write("key", "content");
        assertThat(store.holds(key("key"), text("content"))).isTrue();
        assertThat(store.holds(key("key"), text("c0ntent"))).isFalse();
        assertThat(store.holds(key("key"), text("content "))).isFalse();
        for (String other : List.of("c0ntent", "content ", "")) {
            assertThat(store.holds(key("key"), text(other).fingerprint())).isFalse();
        }
        assertThat(store.holds(key("key"), text("content").fingerprint())).isTrue();
        assertThat(store.holds(key("other"), text("content").fingerprint())).isFalse();
    }

    @Test
    void largeObjectsAreWholeAndReadInParts() throws Exception {
        byte[] large = new byte[largeBytes()];
        new Random(2).nextBytes(large);
        Path file = Files.write(directory.resolve("large"), large);
        Content content = Content.ofFile(file, Fingerprint.ofFile(file));
        store.writeIfAbsent(key("large"), content);
        assertThat(store.holds(key("large"), content)).isTrue();
        assertThat(store.holds(key("large"), content.fingerprint())).isTrue();
        try (ObjectReader reader = store.read(key("large"), ByteRange.ALL);
                InputStream expected = Files.newInputStream(file)) {
            assertThat(reader.content()).hasSameContentAs(expected);
        }
        assertThat(bytes(key("large"), new ByteRange(large.length - 100_000, 70_000)))
                .isEqualTo(Arrays.copyOfRange(large, large.length - 100_000, large.length - 30_000));
        large[large.length / 2]++;
        assertThat(store.holds(key("large"), Content.of(large))).isFalse();
        assertThat(store.holds(key("large"), Fingerprint.of(large))).isFalse();
        store.copy(key("large"), key("copied/large"));
        assertThat(store.holds(key("copied/large"), content)).isTrue();
    }

    @Test
    void copiesAreIndependentOfTheirSource() throws Exception {
        ObjectKey source = write("source", "first");
        write("target", "old");
        store.copy(source, key("target"));
        store.copy(source, key("target"));
        store.copy(source, key("new/target"));
        assertThat(text(key("target"))).isEqualTo("first");
        store.replace(source, store.find(source).orElseThrow().version(), text("second"));
        assertThat(text(key("target"))).isEqualTo("first");
        store.delete(source);
        assertThat(text(key("new/target"))).isEqualTo("first");
        assertThat(keys("")).containsExactly("new/target", "target");
    }

    @Test
    void deletedObjectsAreGoneAndMayComeBack() throws Exception {
        write("a/b", "first");
        store.delete(key("a/b"));
        assertThat(store.find(key("a/b"))).isEmpty();
        assertThat(keys("")).isEmpty();
        write("a/b", "second");
        assertThat(text(key("a/b"))).isEqualTo("second");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/absolute",
                "end/",
                "a//b",
                "..",
                "../outside",
                "a/../../outside",
                "a/./b",
                ".metal-images/lock",
                "a/.hidden",
                "line\nbreak",
                "zero\0",
                "escape\u001b[2J",
                "\u0085",
                "back\\slash",
                "\uD800"
            })
    void hostileKeysAreRefused(String key) {
        assertThatThrownBy(() -> key(key))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                    assertThat(fault.remedy()).isPresent();
                })
                .message()
                .doesNotContain("\n", "\0", "\u001b", "\u0085");
    }

    @Test
    void keysMayNotBeTooLong() {
        assertThatThrownBy(() -> key("ä".repeat(128))).isInstanceOf(FaultException.class);
        assertThatThrownBy(() -> key("a/".repeat(512) + "a")).isInstanceOf(FaultException.class);
        assertThat(key("ä".repeat(127)).name()).hasSize(127);
    }

    /** Characters that mean something in URLs, XML, shells or patterns. */
    @Test
    void unusualKeysAreKeptAsTheyAre() throws Exception {
        List<String> unusual = List.of(
                "a b",
                "a%20b",
                "a%2Fb",
                "a+b",
                "a&b=c?d#e",
                "<a>'\"",
                "a*b[c]",
                "${a}",
                "~",
                "-rf",
                "e\u0301",
                "é",
                "a:b;c,d");
        for (String key : unusual) {
            write("unusual/" + key, key);
        }
        assertThat(keys("unusual"))
                .containsExactlyInAnyOrderElementsOf(
                        unusual.stream().map(key -> "unusual/" + key).toList());
        for (String key : unusual) {
            assertThat(text(key("unusual/" + key))).isEqualTo(key);
            store.copy(key("unusual/" + key), key("copy/" + key));
            assertThat(text(key("copy/" + key))).isEqualTo(key);
        }
    }

    @Test
    void ofManyWhoWriteOneSucceeds() throws Exception {
        assumeAtomic();
        assumeTrue(store.capabilities().conditionalWrites(), "this store does not write on a condition");
        for (int round = 0; round < 8; round++) {
            ObjectKey key = key("race/" + round);
            List<Boolean> won = together(WRITERS, number -> {
                try {
                    store.writeIfAbsent(key, text("writer " + number));
                    return true;
                } catch (StoreException.ObjectExists lost) {
                    return false;
                }
            });
            assertThat(won).containsOnlyOnce(true);
            assertThat(text(key)).isEqualTo("writer " + won.indexOf(true));
        }
    }

    @Test
    void ofManyWhoReplaceAVersionOneSucceeds() throws Exception {
        assumeAtomic();
        assumeTrue(store.capabilities().conditionalWrites(), "this store does not write on a condition");
        ObjectKey key = write("race", "start");
        for (int round = 0; round < 8; round++) {
            ObjectVersion version = store.find(key).orElseThrow().version();
            String prefix = "round " + round + ", writer ";
            List<Boolean> won = together(WRITERS, number -> {
                try {
                    store.replace(key, version, text(prefix + number));
                    return true;
                } catch (StoreException.VersionChanged lost) {
                    return false;
                }
            });
            assertThat(won).containsOnlyOnce(true);
            assertThat(text(key)).isEqualTo(prefix + won.indexOf(true));
        }
    }

    /** Each adds to a counter; what anybody overwrote would be missing in the end. */
    @Test
    void compareAndSwapLosesNothing() throws Exception {
        assumeAtomic();
        assumeTrue(store.capabilities().conditionalWrites(), "this store does not write on a condition");
        ObjectKey key = write("counter", "0");
        together(4, number -> {
            for (int added = 0; added < 10; ) {
                try (ObjectReader reader = store.read(key, ByteRange.ALL)) {
                    int value =
                            Integer.parseInt(new String(reader.content().readAllBytes(), StandardCharsets.US_ASCII));
                    store.replace(key, reader.version(), text(Integer.toString(value + 1)));
                    added++;
                } catch (StoreException.VersionChanged lost) {
                    // Again, with the value of the one who won.
                }
            }
            return number;
        });
        assertThat(text(key)).isEqualTo("40");
    }

    /** Each content consists of one letter, so a mixture of two would be seen. */
    @Test
    void readersNeverSeeATornObject() throws Exception {
        assumeAtomic();
        ObjectKey key = key("replaced");
        int length = 300_000;
        ObjectVersion[] version = {store.writeIfAbsent(key, letters('a', length))};
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            Callable<Integer> reading = () -> {
                int reads = 0;
                while (!ended.get() || reads == 0) {
                    byte[] read = bytes(key, ByteRange.ALL);
                    assertThat(read).hasSize(length);
                    for (byte letter : read) {
                        assertThat(letter == read[0]).isTrue();
                    }
                    reads++;
                }
                return reads;
            };
            List<Future<Integer>> readers =
                    List.of(executor.submit(reading), executor.submit(reading), executor.submit(reading));
            try {
                for (int round = 1; round <= 25; round++) {
                    version[0] = store.replace(key, version[0], letters((char) ('a' + round % 26), length));
                }
            } finally {
                ended.set(true);
            }
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private static Content letters(char letter, int length) {
        byte[] letters = new byte[length];
        Arrays.fill(letters, (byte) letter);
        return Content.of(letters);
    }

    @Test
    void directoriesAreProjectedAndProjectedAgain() throws Exception {
        ObjectKey image = write("objects/1", "image 1");
        ObjectKey checksum = write("objects/2", "checksum 1");
        ObjectKey directory = key("stable/debian/12");
        assertThat(store.project(directory, sources(image, checksum))).isTrue();
        assertThat(store.project(directory, sources(image, checksum))).isFalse();
        assertThat(text(directory.resolve("img.tar.lz4"))).isEqualTo("image 1");
        assertThat(keys("stable")).containsExactly("stable/debian/12/img.tar.lz4", "stable/debian/12/img.tar.lz4.md5");

        SequencedMap<String, ObjectKey> other = sources(write("objects/3", "image 2"), checksum);
        other.remove("img.tar.lz4.md5");
        other.put("packages.txt", checksum);
        assertThat(store.project(directory, other)).isTrue();
        assertThat(text(directory.resolve("img.tar.lz4"))).isEqualTo("image 2");
        assertThat(keys("stable")).containsExactly("stable/debian/12/img.tar.lz4", "stable/debian/12/packages.txt");
        assertThat(store.find(directory.resolve("img.tar.lz4.md5"))).isEmpty();

        assertThat(store.project(directory, new LinkedHashMap<>())).isTrue();
        assertThat(store.project(directory, new LinkedHashMap<>())).isFalse();
        assertThat(keys("")).containsExactly("objects/1", "objects/2", "objects/3");
    }

    @Test
    void projectingWhatIsMissingIsNamed() throws Exception {
        ObjectKey image = write("objects/1", "image 1");
        assertThatThrownBy(() -> store.project(key("stable"), sources(image, key("objects/2"))))
                .isInstanceOf(StoreException.NoSuchObject.class)
                .hasMessageContaining("objects/2");
        if (store.capabilities().projectsAtOnce()) {
            assertThat(keys("stable")).isEmpty();
        }
    }

    @Test
    void whatAnotherToolPutThereIsReplacedByAProjection() throws Exception {
        write("stable/img.tar.lz4", "by hand");
        write("stable/surplus", "by hand");
        ObjectKey image = write("objects/1", "image 1");
        assertThat(store.project(key("stable"), sources(image, image))).isTrue();
        assertThat(text(key("stable/img.tar.lz4"))).isEqualTo("image 1");
        assertThat(keys("stable")).containsExactly("stable/img.tar.lz4", "stable/img.tar.lz4.md5");
    }

    /** Whoever reads the image and then its checksum may meet two states, but never half of one. */
    @Test
    void projectedNamesNeverVanishNorMix() throws Exception {
        assumeAtomic();
        List<SequencedMap<String, ObjectKey>> states = new ArrayList<>();
        for (String state : List.of("a", "b", "c")) {
            states.add(sources(write("objects/" + state, state.repeat(100_000)), write("objects/md5-" + state, state)));
        }
        ObjectKey directory = key("stable/debian/12");
        store.project(directory, states.getFirst());
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Callable<Integer> reading = () -> {
                int reads = 0;
                while (!ended.get() || reads == 0) {
                    String image = text(directory.resolve("img.tar.lz4"));
                    assertThat(image)
                            .hasSize(100_000)
                            .isEqualTo(image.substring(0, 1).repeat(100_000));
                    assertThat(text(directory.resolve("img.tar.lz4.md5"))).isIn("a", "b", "c");
                    reads++;
                }
                return reads;
            };
            List<Future<Integer>> readers = List.of(executor.submit(reading), executor.submit(reading));
            try {
                for (int round = 1; round <= 20; round++) {
                    assertThat(store.project(directory, states.get(round % 3))).isTrue();
                }
            } finally {
                ended.set(true);
            }
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
        }
    }

    @Test
    void addressTellsWhereItIs() {
        assertThat(store.address()).isNotBlank();
    }

    /** What a reader was given before stays readable for it. */
    @Test
    void startedReadsSurviveReplacementAndDeletion() throws Exception {
        byte[] large = new byte[2_000_000];
        new Random(3).nextBytes(large);
        ObjectVersion version = store.writeIfAbsent(key("key"), Content.of(large));
        try (ObjectReader reader = store.read(key("key"), ByteRange.ALL)) {
            byte[] start = reader.content().readNBytes(10);
            assertThat(start).isEqualTo(Arrays.copyOf(large, 10));
            store.replace(key("key"), version, text("other"));
            store.delete(key("key"));
            byte[] rest;
            try {
                rest = reader.content().readAllBytes();
            } catch (StoreException.Unavailable aborted) {
                return; // a store may end the read, but not give other bytes
            }
            assertThat(Digest.of(rest)).isEqualTo(Digest.of(Arrays.copyOfRange(large, 10, large.length)));
        }
    }
}
