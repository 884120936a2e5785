package io.metalimages.catalog;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.artifact.packages.PackageDescriptions;
import io.metalimages.common.FaultException;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.packages.SecurityUpdates;
import io.metalimages.supplychain.statement.TestResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Reads what the files of builds tell. Not thread-safe. */
final class DetailsReader {

    private static final String ENVELOPE = ArtifactLocation.SIGNATURE;
    private static final String TEST = ArtifactLocation.TEST_RESULT;
    private static final List<String> TELLING =
            List.of(ArtifactLocation.PACKAGES, SecurityUpdates.FILE, ENVELOPE, TEST);

    /** What of a build tells something about the one after it. */
    private static final List<String> COMPARED = List.of(ArtifactLocation.PACKAGES, SecurityUpdates.FILE);

    /** A file that is larger is offered, and not looked into. */
    private static final long LARGEST_FILE = 16 << 20;

    private static final int READS_AT_ONCE = 8;

    private final Channels channels;
    private final IndexReader indexes;

    /** Of the last builds that were read: the next ones often share files with them. */
    private Map<PublishedImage.PublishedFile, Contents> last = Map.of();

    DetailsReader(Channels channels, IndexReader indexes) {
        this.channels = channels;
        this.indexes = indexes;
    }

    /** A build to be read, and what it is compared with. */
    record Wanted(Build build, Optional<Build> before) {}

    /** What the indexes say of builds that are wanted. */
    private record Found(Wanted wanted, PublishedImage image, Optional<PublishedImage> before) {}

    /** Reads few builds at once, in their order. */
    List<BuildDetails> read(List<Wanted> wanted) throws StoreException {
        List<Found> found = new ArrayList<>();
        Set<PublishedImage.PublishedFile> files = new HashSet<>();
        for (Wanted each : wanted) {
            PublishedImage image = indexes.image(each.build());
            add(image, TELLING, files);
            Optional<PublishedImage> before = Optional.empty();
            if (each.before().isPresent()) {
                before = Optional.of(indexes.image(each.before().get()));
                add(before.get(), COMPARED, files);
            }
            found.add(new Found(each, image, before));
        }
        Map<PublishedImage.PublishedFile, Contents> contents = contents(files);
        last = contents;
        return found.stream().map(each -> details(each, contents)).toList();
    }

    private static BuildDetails details(Found found, Map<PublishedImage.PublishedFile, Contents> contents) {
        BuildDetails details = details(found.wanted().build(), found.image(), contents);
        Optional<BuildDetails> before =
                found.wanted().before().flatMap(build -> found.before().map(image -> details(build, image, contents)));
        return compared(details, before);
    }

    private static void add(PublishedImage image, List<String> names, Set<PublishedImage.PublishedFile> files) {
        for (PublishedImage.PublishedFile file : image.files()) {
            if (names.contains(file.name()) && file.fingerprint().bytes() <= LARGEST_FILE) {
                files.add(file);
            }
        }
    }

    private static BuildDetails details(
            Build build, PublishedImage image, Map<PublishedImage.PublishedFile, Contents> contents) {
        Contents packages = contents(image, ArtifactLocation.PACKAGES, contents);
        return new BuildDetails(
                build,
                image,
                packages.packages(),
                packages.descriptions(),
                contents(image, SecurityUpdates.FILE, contents).security(),
                contents(image, ENVELOPE, contents).signature(),
                contents(image, TEST, contents).test(),
                Optional.empty());
    }

    private static BuildDetails compared(BuildDetails details, Optional<BuildDetails> before) {
        return new BuildDetails(
                details.build(),
                details.image(),
                details.packages(),
                details.descriptions(),
                details.security(),
                details.signature(),
                details.test(),
                before.flatMap(older -> Comparison.between(side(older), side(details))));
    }

    private static Comparison.Side side(BuildDetails details) {
        return new Comparison.Side(
                details.build().label(), details.build().size(), details.packages(), details.security());
    }

    private static Contents contents(
            PublishedImage image, String name, Map<PublishedImage.PublishedFile, Contents> contents) {
        return image.file(name)
                .map(file -> contents.getOrDefault(file, Contents.NONE))
                .orElse(Contents.NONE);
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

        static Contents parse(PublishedImage.PublishedFile file, byte[] bytes) {
            return switch (file.name()) {
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
                            Optional.of(SecurityUpdates.parse(bytes, file.name() + " in " + file.key())),
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

    private Map<PublishedImage.PublishedFile, Contents> contents(Set<PublishedImage.PublishedFile> files)
            throws StoreException {
        Map<PublishedImage.PublishedFile, Contents> contents = new HashMap<>();
        Map<PublishedImage.PublishedFile, Future<Contents>> reading = new HashMap<>();
        try (ExecutorService executor =
                Executors.newFixedThreadPool(READS_AT_ONCE, Thread.ofVirtual().factory())) {
            for (PublishedImage.PublishedFile file : files) {
                Contents known = last.get(file);
                if (known == null) {
                    reading.put(file, executor.submit(() -> Contents.parse(file, channels.content(file))));
                } else {
                    contents.put(file, known);
                }
            }
            for (Map.Entry<PublishedImage.PublishedFile, Future<Contents>> each : reading.entrySet()) {
                contents.put(each.getKey(), each.getValue().get());
            }
            return contents;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(FaultException.Category.INTERRUPTED, "It was interrupted.", null, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            throw e.getCause() instanceof FaultException fault ? fault : new IllegalStateException(e);
        }
    }
}
