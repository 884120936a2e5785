package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectReader;
import io.metalimages.store.object.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers hammer an image while it is replaced by publishers, each of which is killed at some moment. */
abstract class KilledPublisherTest {

    static final ObjectKey IMAGE = new ObjectKey("metal-os/stable/debian/12");
    static final ObjectKey TARBALL = IMAGE.resolve("img.tar.lz4");

    private static final ObjectKey CHECKSUM = IMAGE.resolve("img.tar.lz4.md5");
    private static final ImageName DEBIAN = ImageName.parse("debian/12");
    private static final Channel STABLE = new Channel.Stable();
    private static final int BUILDS = 3;
    private static final long SEED = 4;

    @TempDir
    private Path directory;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final Map<String, Fingerprint> knownTarballs = new HashMap<>();

    /** The store that is published to, as a publisher is told of it. */
    abstract String url();

    /** The variables that a publisher needs besides. */
    abstract Map<String, String> environment() throws Exception;

    /** What a publisher may show nobody, not even in the list of processes. */
    abstract List<String> secrets();

    abstract ObjectStore open() throws Exception;

    /** Something that is another one after the plain names of the image were switched. */
    abstract Object switched(ObjectStore store) throws IOException;

    final Path directory() {
        return directory;
    }

    private List<String> builds() throws IOException {
        List<String> builds = new ArrayList<>();
        for (int build = 0; build < BUILDS; build++) {
            ArtifactLocation location =
                    SampleArtifact.tested(directory.resolve("build" + build), DEBIAN, 400_000, build);
            Fingerprint tarball = Fingerprint.ofFile(location.tarball());
            knownTarballs.put(tarball.md5(), tarball);
            builds.add(location.tarball().resolveSibling("").toString());
        }
        return builds;
    }

    private Path errors() {
        return directory.resolve("errors");
    }

    private static String commandLine(Process process) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.UTF_8);
    }

    private Process start(List<String> builds, Path output) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                PublishingProcess.class.getName(),
                url(),
                DEBIAN.toString()));
        command.addAll(builds);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(errors().toFile()));
        builder.environment().putAll(environment());
        return builder.start();
    }

    private static PublishedImage inTheIndex(ObjectStore store) throws IOException {
        return ChannelIndex.parse(read(store, StoreLayout.index(STABLE)), STABLE, "the index")
                .find(DEBIAN)
                .orElseThrow();
    }

    /** Follows the index: whatever it names has to be there, and be what it says. */
    private int followIndex() throws Exception {
        int reads = 0;
        try (ObjectStore store = open()) {
            while (!ended.get()) {
                for (PublishedImage.PublishedFile file : inTheIndex(store).files()) {
                    assertThat(Fingerprint.of(read(store, file.key()))).isEqualTo(file.fingerprint());
                }
                reads++;
            }
        }
        return reads;
    }

    /**
     * What came of asking for the plain names, as a machine does: for the tarball, and then for its checksum.
     *
     * @param between how often the two did not belong together because the switch came between the two requests
     * @param halfway how often they did not as the tarball was switched and the checksum not yet, by a publisher that was at
     *     it, or had been killed there
     */
    private record Plain(int reads, int between, int halfway) {}

    private Plain askForPlainNames() throws Exception {
        int reads = 0;
        int between = 0;
        int halfway = 0;
        try (ObjectStore store = open()) {
            while (!ended.get()) {
                Object before = switched(store);
                Fingerprint tarball = Fingerprint.of(read(store, TARBALL));
                String md5 = new String(read(store, CHECKSUM), StandardCharsets.US_ASCII);
                // Neither is ever cut off, or mixed of two.
                assertThat(knownTarballs).containsEntry(tarball.md5(), tarball).containsKey(md5.substring(0, 32));
                assertThat(md5.substring(32)).isEqualTo("  img.tar.lz4\n");
                if (!md5.startsWith(tarball.md5())) {
                    if (!switched(store).equals(before)) {
                        between++;
                    } else {
                        assertThat(store.capabilities().projectsAtOnce()).isFalse();
                        halfway++;
                    }
                }
                reads++;
            }
        }
        return new Plain(reads, between, halfway);
    }

    private static byte[] read(ObjectStore store, ObjectKey key) throws IOException {
        try (ObjectReader reader = store.read(key, ByteRange.ALL)) {
            return reader.content().readAllBytes();
        }
    }

    private void publish(ObjectStore store, String build) throws IOException {
        new Publisher(store, SampleArtifact.INSPECTION, Progress.SILENT)
                .publish(new Publisher.Options(
                        STABLE, new TreeMap<>(Map.of(DEBIAN, ArtifactLocation.in(Path.of(build)))), false, false));
    }

    private void hammer(int kills, int replacements) throws Exception {
        List<String> builds = builds();
        Path output = Files.createFile(directory.resolve("output"));
        Random random = new Random(SEED);
        int killed = 0;
        try (ObjectStore store = open();
                ExecutorService executor = Executors.newFixedThreadPool(2)) {
            publish(store, builds.getFirst());
            Future<Integer> following = executor.submit(this::followIndex);
            Future<Plain> asking = executor.submit(this::askForPlainNames);
            try {
                while (killed < kills || replaced(output) < replacements) {
                    long wanted = replaced(output) + 1 + random.nextInt(2 * replacements / kills);
                    Process process = start(builds, output);
                    while (process.isAlive() && replaced(output) < wanted) {
                        Thread.sleep(2);
                    }
                    assertThat(process.isAlive())
                            .as(() -> "seed " + SEED + ": " + contentOf(errors().toFile()))
                            .isTrue();
                    String commandLine = commandLine(process);
                    assertThat(commandLine).contains(DEBIAN.toString());
                    assertThat(secrets()).noneMatch(commandLine::contains);
                    Thread.sleep(random.nextInt(300));
                    process.destroyForcibly().waitFor();
                    killed++;
                }
                publish(store, builds.getLast());
            } finally {
                ended.set(true);
            }
            String said = contentOf(errors().toFile()) + Files.readString(output);
            assertThat(secrets()).noneMatch(said::contains);
            int reads = following.get();
            Plain plain = asking.get();
            System.out.printf(
                    "%s: %d replacements, %d publishers killed; %d reads by the index, none of which mismatched; %d by plain"
                            + " names, %d of them with the switch between tarball and md5, %d with the switch halfway%n",
                    store.address(), replaced(output), killed, reads, plain.reads(), plain.between(), plain.halfway());
            assertThat(reads).isPositive();
            assertThat(plain.reads()).isPositive();
            assertThat(read(store, TARBALL))
                    .isEqualTo(read(store, inTheIndex(store).files().getFirst().key()))
                    .isEqualTo(Files.readAllBytes(Path.of(builds.getLast()).resolve("img.tar.lz4")));
            assertThat(read(store, CHECKSUM))
                    .isEqualTo(Files.readAllBytes(Path.of(builds.getLast()).resolve("img.tar.lz4.md5")));
        }
    }

    private static long replaced(Path output) throws IOException {
        return Files.readString(output, StandardCharsets.US_ASCII)
                .lines()
                .filter(Publisher.Outcome.REPLACED.name()::equals)
                .count();
    }

    @Test
    void nobodySeesHalfOfAnythingWhilePublishersAreKilled() throws Exception {
        hammer(3, 6);
    }

    @Test
    @Tag("slow")
    void nobodySeesHalfOfAnythingInFiveHundredReplacements() throws Exception {
        hammer(20, 500);
    }
}
