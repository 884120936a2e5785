package io.metalimages.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.engine.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** Readers hammer an image in a directory while it is replaced by publishers, each of which is killed at some moment. */
final class KilledPublisherTest {

    private static final ImageName DEBIAN = ImageName.parse("debian/12");
    private static final Channel STABLE = new Channel.Stable();
    private static final int BUILDS = 3;
    private static final long SEED = 4;

    @TempDir
    private Path directory;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final Set<String> knownTarballs = new HashSet<>();

    private Path root() {
        return directory.resolve("store");
    }

    private List<String> builds() throws IOException {
        List<String> builds = new ArrayList<>();
        for (int build = 0; build < BUILDS; build++) {
            ArtifactLocation location = SampleArtifact.tested(directory.resolve("build" + build), 400_000, build);
            knownTarballs.add(Fingerprint.ofFile(location.tarball()).md5());
            builds.add(location.tarball().resolveSibling("").toString());
        }
        return builds;
    }

    private Process start(List<String> builds, Path output) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                PublishingProcess.class.getName(),
                root().toString(),
                DEBIAN.toString()));
        command.addAll(builds);
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Follows the index: whatever it names has to be there, and be what it says. */
    private int followIndex() throws IOException {
        int reads = 0;
        try (ObjectStore store = DirectoryStore.in(root())) {
            while (!ended.get()) {
                ChannelIndex index = ChannelIndex.parse(read(store, Layout.index(STABLE)), STABLE, "the index");
                for (PublishedImage.PublishedFile file :
                        index.find(DEBIAN).orElseThrow().files()) {
                    assertThat(Fingerprint.of(read(store, file.key()))).isEqualTo(file.fingerprint());
                }
                reads++;
            }
        }
        return reads;
    }

    /**
     * Asks for the plain names, as a machine does.
     *
     * @param torn how often the two did not belong together because the switch came between the two requests
     */
    private record Plain(int reads, int torn) {}

    private Plain askForPlainNames() throws IOException {
        int reads = 0;
        int torn = 0;
        Path image = root().resolve("metal-os/stable/debian/12");
        while (!ended.get()) {
            Path before = Files.readSymbolicLink(image);
            Fingerprint tarball = Fingerprint.of(Files.readAllBytes(image.resolve("img.tar.lz4")));
            String md5 = Files.readString(image.resolve("img.tar.lz4.md5"));
            assertThat(knownTarballs).contains(tarball.md5(), md5.substring(0, 32));
            if (!md5.startsWith(tarball.md5())) {
                assertThat(Files.readSymbolicLink(image)).isNotEqualTo(before);
                torn++;
            }
            reads++;
        }
        return new Plain(reads, torn);
    }

    private static byte[] read(ObjectStore store, ObjectKey key) throws IOException {
        try (ObjectReader reader = store.read(key, ByteRange.ALL)) {
            return reader.content().readAllBytes();
        }
    }

    private void publish(String build) throws IOException {
        new Publisher(DirectoryStore.in(root()), Progress.SILENT)
                .publish(new Publisher.Wishes(
                        STABLE,
                        new TreeMap<>(Map.of(DEBIAN, ArtifactLocation.in(Path.of(build)))),
                        Optional.empty(),
                        false,
                        false));
    }

    private void hammer(int kills, int replacements, TestReporter reporter) throws Exception {
        List<String> builds = builds();
        Path output = directory.resolve("output");
        Files.createFile(output);
        publish(builds.getFirst());
        Random random = new Random(SEED);
        int killed = 0;
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Future<Integer> following = executor.submit(this::followIndex);
            Future<Plain> asking = executor.submit(this::askForPlainNames);
            try {
                while (killed < kills || lines(output) < replacements) {
                    Process process = start(builds, output);
                    long before = lines(output);
                    while (process.isAlive() && lines(output) < before + 2) {
                        Thread.sleep(2);
                    }
                    assertThat(process.isAlive()).as("seed " + SEED).isTrue();
                    Thread.sleep(random.nextInt(300));
                    process.destroyForcibly().waitFor();
                    killed++;
                }
                publish(builds.getLast());
            } finally {
                ended.set(true);
            }
            int reads = following.get();
            Plain plain = asking.get();
            reporter.publishEntry(Map.of(
                    "replacements", Long.toString(lines(output)),
                    "kills", Integer.toString(killed),
                    "reads by the index, none of which mismatched", Integer.toString(reads),
                    "reads by plain names", Integer.toString(plain.reads()),
                    "of these with the switch between tarball and md5", Integer.toString(plain.torn())));
            assertThat(reads).isPositive();
            assertThat(plain.reads()).isPositive();
        }
        try (ObjectStore store = DirectoryStore.in(root())) {
            PublishedImage image = ChannelIndex.parse(read(store, Layout.index(STABLE)), STABLE, "the index")
                    .find(DEBIAN)
                    .orElseThrow();
            assertThat(Files.readAllBytes(root().resolve("metal-os/stable/debian/12/img.tar.lz4")))
                    .isEqualTo(read(store, image.files().getFirst().key()))
                    .isEqualTo(Files.readAllBytes(Path.of(builds.getLast()).resolve("img.tar.lz4")));
        }
    }

    private static long lines(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.US_ASCII).lines().count();
    }

    @Test
    void nobodySeesHalfOfAnythingWhilePublishersAreKilled(TestReporter reporter) throws Exception {
        hammer(3, 6, reporter);
    }

    @Test
    @Tag("slow")
    void nobodySeesHalfOfAnythingInFiveHundredReplacements(TestReporter reporter) throws Exception {
        hammer(20, 500, reporter);
    }
}
