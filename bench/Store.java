import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.catalog.CatalogWriter;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.engine.Progress;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.Releaser;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import io.metalimages.store.retention.Pruner;
import io.metalimages.store.retention.Retention;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Measures what is done to a large store; see bench/store. */
final class Store {

    private static final int IMAGES = 12;
    private static final Channel STABLE = Channel.parse("stable");
    private static final LocalDate TODAY = LocalDate.now(ZoneOffset.UTC);

    /** What a store was asked meanwhile. */
    private record Measured(double seconds, int calls) {}

    @FunctionalInterface
    private interface Work {
        void perform(ObjectStore store) throws Exception;
    }

    private final ObjectStore store;
    private final Path artifacts;
    private final Map<String, Measured> results = new LinkedHashMap<>();

    private Store(Path directory) {
        store = DirectoryStore.in(directory.resolve("store"));
        artifacts = directory.resolve("artifacts");
    }

    public static void main(String[] arguments) throws Exception {
        Path scratch = Path.of(arguments[0]);
        Map<String, Measured> small = new Store(scratch.resolve("small")).measure(20, 500);
        Map<String, Measured> large = new Store(scratch.resolve("large")).measure(200, 5000);
        List<String> json = new ArrayList<>();
        boolean same = true;
        System.out.printf("%-28s %22s %22s%n", "", "20 releases, 500 pulls", "200 and 5,000");
        for (String what : small.keySet()) {
            Measured few = small.get(what);
            Measured many = large.get(what);
            System.out.printf(
                    "%-28s %9.2f s %6d calls %8.2f s %6d calls%n",
                    what, few.seconds(), few.calls(), many.seconds(), many.calls());
            json.add("  \"%s\": {\"small\": {\"seconds\": %.3f, \"calls\": %d}, \"large\": {\"seconds\": %.3f, \"calls\": %d}}"
                    .formatted(what, few.seconds(), few.calls(), many.seconds(), many.calls()));
            same &= what.startsWith("first") || few.calls() == many.calls();
        }
        Path file = Path.of(arguments[1]);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{\n" + String.join(",\n", json) + "\n}\n");
        System.exit(same ? 0 : 1);
    }

    private Map<String, Measured> measure(int releases, int pulls) throws Exception {
        fill(releases, pulls);
        measure("publish one image", this::publish);
        measure("release", this::release);
        measure("first catalogue", this::catalog);
        measure("catalogue, nothing new", this::catalog);
        changeStable();
        measure("catalogue, one image", this::catalog);
        pull("early", 1);
        measure("catalogue, one pull request", this::catalog);
        measure("first prune, all pulls", this::prune);
        measure("prune, nothing to do", this::prune);
        pull("late", 1);
        measure("prune, one pull request", this::prune);
        return results;
    }

    private void measure(String what, Work work) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        ObjectStore counting = (ObjectStore) Proxy.newProxyInstance(
                Store.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, given) -> {
                    if (!method.getName().equals("address") && !method.getName().equals("capabilities")) {
                        calls.incrementAndGet();
                    }
                    try {
                        return method.invoke(store, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        long begun = System.nanoTime();
        work.perform(counting);
        results.put(what, new Measured((System.nanoTime() - begun) / 1e9, calls.get()));
    }

    private static ImageName name(int image) {
        return ImageName.parse("os" + image + "/1");
    }

    private PublishedImage image(int number, String build, Instant published) throws IOException {
        List<PublishedImage.PublishedFile> files = new ArrayList<>();
        for (Map.Entry<String, String> file : Map.of(
                        "img.tar.lz4", "tarball of " + build + number, "packages.txt", "ii  p" + number + "  1  amd64  x\n")
                .entrySet()) {
            Content content = Content.of(file.getValue().getBytes(StandardCharsets.UTF_8));
            PublishedImage.PublishedFile present =
                    new PublishedImage.PublishedFile(file.getKey(), content.fingerprint());
            if (store.find(present.key()).isEmpty()) {
                store.writeIfAbsent(present.key(), content);
            }
            files.add(present);
        }
        files.sort((one, other) -> one.name().compareTo(other.name()));
        return new PublishedImage(name(number), published, Optional.empty(), true, Optional.empty(), files);
    }

    private void fill(int releases, int pulls) throws IOException {
        Channels channels = new Channels(store, Progress.SILENT);
        Instant longAgo = Instant.now().minus(Duration.ofDays(90)).truncatedTo(ChronoUnit.SECONDS);
        for (int release = releases; release >= 0; release--) {
            List<PublishedImage> images = new ArrayList<>();
            for (int image = 0; image < IMAGES; image++) {
                images.add(image(image, "release " + release, longAgo));
            }
            Channel channel = release == 0 ? STABLE : new Channel.Release(TODAY.minusDays(release));
            channels.change(channel, index -> index.with(images));
        }
        channels.changeNames(STABLE);
        for (int pull = 0; pull < pulls; pull++) {
            pull("number-" + pull, 0);
        }
    }

    private void pull(String slug, int image) throws IOException {
        PublishedImage stale = image(image, slug, Instant.parse("2020-01-01T00:00:00Z"));
        new Channels(store, Progress.SILENT)
                .change(Channel.parse("pull_requests/" + slug), index -> index.with(List.of(stale)));
    }

    private void changeStable() throws IOException {
        PublishedImage another = image(1, "another build", Instant.now().truncatedTo(ChronoUnit.SECONDS));
        new Channels(store, Progress.SILENT).change(STABLE, index -> index.with(List.of(another)));
    }

    private void publish(ObjectStore asked) throws IOException {
        Path directory = Files.createDirectories(artifacts.resolve("os0/1"));
        ArtifactLocation location = ArtifactLocation.in(directory);
        Files.writeString(location.tarball(), "a new build");
        Fingerprint fingerprint = Fingerprint.ofFile(location.tarball());
        Files.writeString(location.md5File(), fingerprint.md5() + "  img.tar.lz4\n");
        Files.writeString(location.sha256File(), fingerprint.sha256() + "  img.tar.lz4\n");
        Files.writeString(location.packages(), "");
        new Publisher(asked, (name, artifact) -> fingerprint, Progress.SILENT)
                .publish(new Publisher.Options(STABLE, new TreeMap<>(Map.of(name(0), location)), true, false));
    }

    private void release(ObjectStore asked) {
        Releaser releaser = new Releaser(asked, Progress.SILENT);
        releaser.perform(
                releaser.plan(new Releaser.Options(new Channel.Release(TODAY), STABLE, TODAY, true)),
                new PublicUrl("https://images.example.com"),
                false);
    }

    private void prune(ObjectStore asked) {
        try (Pruner pruner = new Pruner(asked, Progress.SILENT)) {
            Pruner.Options options = new Pruner.Options(new Retention(30, 1000, 1000), List.of(), Duration.ofDays(7));
            pruner.perform(pruner.plan(options), options);
        }
    }

    private void catalog(ObjectStore asked) {
        new CatalogWriter(Progress.SILENT)
                .write(
                        asked,
                        asked,
                        new CatalogWriter.Options(
                                "images", PublicUrl.parse("https://images.example.com"), Set.of(), false));
    }
}
