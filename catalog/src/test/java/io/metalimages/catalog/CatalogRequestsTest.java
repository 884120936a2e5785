package io.metalimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.engine.Progress;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.object.ObjectStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How often a store is asked, and how long a page is, depends on what has changed, and not on how much is there. */
final class CatalogRequestsTest {

    private static final int FEW = 30;
    private static final int MANY = 60;
    private static final LocalDate FIRST_DAY = LocalDate.of(2025, 11, 1);

    @TempDir
    private Path directory;

    private final List<String> notes = new ArrayList<>();

    private static String packages(String version) {
        return SampleStore.dpkg("bash " + version + " GNU Bourne Again SHell", "frr 8.4 routing");
    }

    /** A store with so many releases and branches of two images. */
    private SampleStore filled(int channels) throws IOException {
        SampleStore sample = new SampleStore(directory.resolve("store" + channels));
        for (int number = 0; number < channels; number++) {
            LocalDate day = FIRST_DAY.plusDays(number);
            for (String image : List.of("debian/12", "firewall/3.0-ubuntu")) {
                sample.publish(
                        DateTimeFormatter.BASIC_ISO_DATE.format(day),
                        image,
                        day + "T01:00:00Z",
                        1_000_000 + number,
                        Map.of("packages.txt", packages("5." + number)));
            }
            sample.publish(
                    "pull_requests/number-" + (100 + number),
                    "debian/12",
                    "2025-10-01T01:00:00Z",
                    1_000_000,
                    Map.of("packages.txt", packages("6." + number)));
        }
        return sample.publish(
                "stable", "debian/12", "2026-06-01T01:00:00Z", 1_000_000, Map.of("packages.txt", packages("7.0")));
    }

    private int write(SampleStore sample) {
        AtomicInteger calls = new AtomicInteger();
        try (ObjectStore store = sample.open()) {
            ObjectStore counting = (ObjectStore) Proxy.newProxyInstance(
                    ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (_, method, arguments) -> {
                        if (!method.getName().equals("address")) {
                            calls.incrementAndGet();
                        }
                        try {
                            return method.invoke(store, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            Progress progress = event -> {
                if (event instanceof Progress.Event.Note(String note)) {
                    notes.add(note);
                }
            };
            new CatalogWriter(progress)
                    .write(
                            counting,
                            counting,
                            new CatalogWriter.Options(
                                    "Images", new PublicUrl("https://images.example.com"), Set.of(), false));
        }
        return calls.get();
    }

    @FunctionalInterface
    private interface Event {
        void happen(SampleStore sample) throws IOException;
    }

    private void assertAsOftenInALargeStore(Event event, int most) throws IOException {
        int calls = callsAfter(event, filled(MANY));
        SampleStore few = filled(FEW);
        assertThat(calls).isEqualTo(callsAfter(event, few)).isLessThanOrEqualTo(most);
        assertThat(notes).isEmpty();
        assertPagesAreAsIfAllWereNew(few);
    }

    private int callsAfter(Event event, SampleStore sample) throws IOException {
        write(sample);
        event.happen(sample);
        return write(sample);
    }

    private void assertPagesAreAsIfAllWereNew(SampleStore sample) throws IOException {
        SortedMap<String, String> pages = pages(sample);
        Files.delete(memory(sample));
        assertThat(write(sample)).isGreaterThan(3 * FEW);
        assertThat(pages(sample)).isEqualTo(pages);
    }

    private static Path memory(SampleStore sample) {
        return sample.root().resolve(CatalogMemory.KEY.value());
    }

    private static SortedMap<String, String> pages(SampleStore sample) throws IOException {
        SortedMap<String, String> pages = new TreeMap<>();
        try (Stream<Path> files = Files.walk(sample.root())) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".html")).toList()) {
                pages.put(sample.root().relativize(file).toString(), Files.readString(file));
            }
        }
        return pages;
    }

    @Test
    void nothing() throws Exception {
        assertAsOftenInALargeStore(sample -> {}, 4);
    }

    @Test
    void anotherBuildOfWhatIsStable() throws Exception {
        assertAsOftenInALargeStore(
                sample -> sample.publish(
                        "stable",
                        "debian/12",
                        "2026-06-02T01:00:00Z",
                        1_000_001,
                        Map.of("packages.txt", packages("7.1"))),
                20);
    }

    @Test
    void anotherRelease() throws Exception {
        assertAsOftenInALargeStore(
                sample -> sample.publish(
                        "20260602",
                        "debian/12",
                        "2026-06-02T01:00:00Z",
                        1_000_001,
                        Map.of("packages.txt", packages("7.1"))),
                25);
    }

    @Test
    void anotherBranch() throws Exception {
        assertAsOftenInALargeStore(
                sample -> sample.publish(
                        "pull_requests/number-999",
                        "debian/12",
                        "2026-06-02T01:00:00Z",
                        1_000_001,
                        Map.of("packages.txt", packages("7.1"))),
                20);
    }

    @Test
    void aBranchThatIsGone() throws Exception {
        assertAsOftenInALargeStore(sample -> sample.prune("pull_requests/number-120"), 20);
    }

    @Test
    void aReleaseThatIsWithdrawn() throws Exception {
        assertAsOftenInALargeStore(sample -> sample.withdraw("20251102", "2026-06-02T01:00:00Z"), 40);
    }

    @Test
    void aPageThatSomebodyChanged() throws Exception {
        assertAsOftenInALargeStore(
                sample -> {
                    Path page = sample.root().resolve("catalog/debian/12/20251110.html");
                    Files.delete(page);
                    Files.writeString(page, "something else");
                },
                15);
    }

    @Test
    void noPageGrowsWithThem() throws Exception {
        SampleStore few = filled(FEW);
        SampleStore many = filled(130);
        write(few);
        write(many);
        SortedMap<String, String> pages = pages(many);
        pages(few).forEach((path, page) -> {
            if (!path.contains("Branches") && !path.contains("Releases")) {
                assertThat(pages.getOrDefault(path, "").length())
                        .as(path)
                        .isLessThan((int) (page.length() * 1.02) + 200);
            }
        });
        assertThat(pages.keySet()).contains("catalog/Releases/2025.html", "catalog/Branches/number-1.html");
        assertThat(pages.getOrDefault("catalog/Releases/2026.html", "").split("<li data-words"))
                .hasSize(69 + 1);
        assertThat(pages.get("catalog/Branches.html")).contains("number-2…").doesNotContain("<li data-words");
        assertThat(pages.getOrDefault("catalog/Branches/number-1.html", "").split("<li data-words"))
                .hasSize(100 + 1);
    }

    /** Whatever somebody did to it. */
    @Test
    void whatIsRememberedIsNotReliedOn() throws Exception {
        SampleStore sample = filled(FEW);
        write(sample);
        String memory = Files.readString(memory(sample));
        SortedMap<String, String> pages = pages(sample);
        assertThat(memory).contains("\"channel\":\"stable\"");
        for (String damaged : List.of(
                "",
                "{",
                "[]",
                "null",
                memory + "x",
                memory.replace("\"format\":1", "\"format\":7"),
                memory.replaceFirst("\"origin\":\"[0-9a-f]{8}", "\"origin\":\"00000000"),
                memory.replace("\"bytes\":1000000", "\"bytes\":-1"),
                memory.replace("\"bytes\":1000000", "\"bytes\":null"),
                memory.replace("\"channel\":\"stable\"", "\"channel\":\"../stable\""),
                memory.replace("\"channel\":\"stable\"", "\"channel\":\"pull_requests/number-100\""),
                memory.replaceAll("\"identity\":\"[0-9a-f]{8}", "\"identity\":\"00000000"),
                memory.replaceAll("\"version\":\"[^\"]*\"", "\"version\":\"none\""),
                memory.replace("\"name\":\"debian/12\"", "\"name\":\"../12\""),
                memory.replace("\"key\":\"catalog/", "\"key\":\"catalog/../"))) {
            Files.delete(memory(sample));
            Files.writeString(memory(sample), damaged);
            assertThat(write(sample)).as(damaged).isGreaterThan(2 * FEW);
            assertThat(pages(sample)).as(damaged).isEqualTo(pages);
            assertThat(Files.readString(memory(sample))).as(damaged).isEqualTo(memory);
            assertThat(write(sample)).isLessThanOrEqualTo(4);
        }
        assertThat(notes).hasSize(10).allMatch(note -> note.contains("catalog/memory.json"));
    }

    @Test
    void noMoreIsReadThanCanBeRemembered() throws Exception {
        SampleStore sample = filled(FEW);
        write(sample);
        SortedMap<String, String> pages = pages(sample);
        Files.delete(memory(sample));
        try (RandomAccessFile file = new RandomAccessFile(memory(sample).toFile(), "rw")) {
            file.setLength(CatalogMemory.LARGEST + 1L);
        }
        write(sample);
        assertThat(notes).singleElement().asString().contains("it is too large");
        assertThat(pages(sample)).isEqualTo(pages);
        assertThat(write(sample)).isLessThanOrEqualTo(4);
    }
}
