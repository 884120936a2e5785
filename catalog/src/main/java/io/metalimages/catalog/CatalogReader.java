package io.metalimages.catalog;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.artifact.packages.PackageDescriptions;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.packages.SecurityUpdates;
import io.metalimages.supplychain.statement.TestResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Gathers what a store tells of its images. */
final class CatalogReader {

    private static final String ENVELOPE = "provenance.intoto.jsonl";
    private static final String TEST = "test-result.json";
    private static final List<String> TELLING =
            List.of(ArtifactLocation.PACKAGES, SecurityUpdates.FILE, ENVELOPE, TEST);

    /** A file that is larger is offered, and not looked into. */
    private static final long LARGEST_FILE = 16 << 20;

    private static final int READS_AT_ONCE = 8;

    private final Channels channels;
    private final Predicate<ImageName> supported;
    private final Consumer<String> notes;

    /** @param notes receives a sentence about each channel that cannot be read */
    CatalogReader(Channels channels, Predicate<ImageName> supported, Consumer<String> notes) {
        this.channels = channels;
        this.supported = supported;
        this.notes = notes;
    }

    /**
     * What a store has.
     *
     * @param images by their names; the highest version of an os first
     * @param unreadable channels whose index is damaged, or of a later version of this program
     */
    record Catalog(List<CatalogImage> images, List<Channel> unreadable) {}

    Catalog read() throws StoreException, InterruptedException {
        SortedMap<ImageName, List<Entry>> entries = new TreeMap<>(ORDER);
        List<Channel> unreadable = new ArrayList<>();
        for (Channel channel : channels.list()) {
            try {
                for (PublishedImage image : channels.index(channel).images().values()) {
                    entries.computeIfAbsent(image.name(), name -> new ArrayList<>())
                            .add(new Entry(channel, image));
                }
            } catch (FaultException damaged) {
                unreadable.add(channel);
                notes.accept(channel.path() + " is left out: " + damaged.getMessage());
            }
        }
        Map<Digest, Contents> contents = contents(entries.values().stream()
                .flatMap(List::stream)
                .map(Entry::image)
                .toList());
        List<CatalogImage> images = new ArrayList<>();
        entries.forEach((name, each) -> {
            each.sort(Entry.NEWEST_RELEASE_FIRST);
            images.add(new CatalogImage(name, supported.test(name), builds(each, contents)));
        });
        return new Catalog(images, List.copyOf(unreadable));
    }

    private static final Comparator<ImageName> ORDER = Comparator.comparing(ImageName::os)
            .thenComparing(ImageName::version, new VersionOrder().reversed())
            .thenComparing(ImageName::version);

    private record Entry(Channel channel, PublishedImage image) {

        static final Comparator<Entry> NEWEST_RELEASE_FIRST = Comparator.comparingInt(Entry::rank)
                .thenComparing(entry -> entry.channel().path(), Comparator.reverseOrder());

        private int rank() {
            return switch (channel) {
                case Channel.Release release -> 0;
                case Channel.Stable stable -> 1;
                case Channel.PullRequest pullRequest -> 2;
            };
        }
    }

    /** What a file of an image told; what it is not about is empty. */
    private record Contents(
            Optional<InstalledPackages> packages,
            SortedMap<String, String> descriptions,
            Optional<SecurityUpdates> security,
            Optional<Signature> signature,
            Optional<TestResult> test) {

        static final Contents NONE =
                new Contents(Optional.empty(), new TreeMap<>(), Optional.empty(), Optional.empty(), Optional.empty());

        static Contents parse(PublishedImage image, String file, byte[] bytes) {
            return switch (file) {
                case ArtifactLocation.PACKAGES ->
                    new Contents(
                            Optional.of(InstalledPackages.parse(bytes)),
                            PackageDescriptions.parse(bytes).texts(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty());
                case SecurityUpdates.FILE ->
                    new Contents(
                            Optional.empty(),
                            new TreeMap<>(),
                            Optional.of(SecurityUpdates.parse(bytes, file + " of " + image.name())),
                            Optional.empty(),
                            Optional.empty());
                case ENVELOPE ->
                    new Contents(
                            Optional.empty(), new TreeMap<>(), Optional.empty(), Signature.in(bytes), Optional.empty());
                case TEST ->
                    new Contents(Optional.empty(), new TreeMap<>(), Optional.empty(), Optional.empty(), test(bytes));
                default -> NONE;
            };
        }

        /** Whoever damaged one keeps nobody from seeing the other images; that one counts as not tested. */
        private static Optional<TestResult> test(byte[] bytes) {
            try {
                return Optional.of(TestResult.parse(bytes, TEST));
            } catch (FaultException damaged) {
                return Optional.empty();
            }
        }
    }

    /** Reads each file that tells something once, however many channels have it. */
    private Map<Digest, Contents> contents(List<PublishedImage> images) throws StoreException, InterruptedException {
        Map<Digest, Future<Contents>> reading = new HashMap<>();
        try (ExecutorService executor =
                Executors.newFixedThreadPool(READS_AT_ONCE, Thread.ofVirtual().factory())) {
            for (PublishedImage image : images) {
                for (PublishedImage.PublishedFile file : image.files()) {
                    if (TELLING.contains(file.name()) && file.fingerprint().bytes() <= LARGEST_FILE) {
                        reading.computeIfAbsent(
                                file.fingerprint().sha256(),
                                digest -> executor.submit(
                                        () -> Contents.parse(image, file.name(), channels.content(file))));
                    }
                }
            }
            Map<Digest, Contents> contents = new HashMap<>();
            for (Map.Entry<Digest, Future<Contents>> each : reading.entrySet()) {
                contents.put(each.getKey(), each.getValue().get());
            }
            return contents;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            throw e.getCause() instanceof FaultException fault ? fault : new IllegalStateException(e);
        }
    }

    /** The builds, each compared with the one before it: a release with the last one, what is stable with a release. */
    private static List<Build> builds(List<Entry> entries, Map<Digest, Contents> contents) {
        List<Build> builds = new ArrayList<>();
        for (Entry entry : entries) {
            Contents packages = contents(entry, ArtifactLocation.PACKAGES, contents);
            builds.add(new Build(
                    entry.channel(),
                    entry.image(),
                    packages.packages(),
                    packages.descriptions(),
                    contents(entry, SecurityUpdates.FILE, contents).security(),
                    contents(entry, ENVELOPE, contents).signature(),
                    contents(entry, TEST, contents).test(),
                    Optional.empty()));
        }
        List<Build> compared = new ArrayList<>();
        for (Build build : builds) {
            compared.add(build.comparedWith(before(build, builds)));
        }
        return compared;
    }

    private static Optional<Build> before(Build build, List<Build> builds) {
        Optional<Build> release = builds.stream()
                .filter(Build::isRelease)
                .filter(other -> !build.isRelease() || other.date().isBefore(build.date()))
                .findFirst();
        return switch (build.channel()) {
            case Channel.Release newer -> release;
            case Channel.Stable stable -> release;
            case Channel.PullRequest pullRequest ->
                builds.stream()
                        .filter(other -> other.channel() instanceof Channel.Stable)
                        .findFirst()
                        .or(() -> release);
        };
    }

    private static Contents contents(Entry entry, String name, Map<Digest, Contents> contents) {
        return entry.image().files().stream()
                .filter(file -> file.name().equals(name))
                .findFirst()
                .map(file -> contents.getOrDefault(file.fingerprint().sha256(), Contents.NONE))
                .orElse(Contents.NONE);
    }
}
