package io.metalimages.artifact.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.lz4.BlockEncoder;
import io.metalimages.artifact.lz4.BlockPipeline;
import io.metalimages.artifact.lz4.Chunker;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.KnownBlock;
import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentTableTest {

    private static final Compressor COMPRESSOR = new Compressor();

    /** Less than what a table takes for the time in which a file settles, and more than a tick of the clock of files. */
    private static final Duration A_MOMENT = Duration.ofMillis(20);

    @TempDir
    private Path directory;

    private SampleTree tree;
    private Path cache;

    @BeforeEach
    void makeTree() throws IOException {
        tree = new SampleTree(directory.resolve("root"));
        cache = directory.resolve("cache");
    }

    /** Digests of what the blocks hold, and of what is written of them. */
    private record Written(String plain, String encoded) {}

    /** Writes the tree, reading the files from {@code root}; what is said of the blocks is kept. */
    private Written write(Path root, Path blocks, SegmentTable known, Instant begun) throws Exception {
        MessageDigest plain = Digests.sha256();
        MessageDigest encoded = Digests.sha256();
        List<KnownBlock> all = new ArrayList<>();
        FileTree found = FileTree.walk(tree.root(), SampleTree.TIMES, false);
        try (BlockCache.Session session = new BlockCache(blocks).open(COMPRESSOR.hash64())) {
            BlockEncoder encoder = new BlockEncoder(COMPRESSOR, session);
            List<SegmentTable.Run> runs;
            try (BlockPipeline pipeline = new BlockPipeline(encoder, 2, block -> {
                plain.update(block.content, 0, block.length);
                encoded.update(block.frameBytes());
                all.add(block.known());
                return CompletableFuture.completedFuture(null);
            })) {
                runs = new TarWriter(root, new Chunker(pipeline), known, false).write(found);
                pipeline.finish();
            }
            encoder.keepTable(SegmentTable.encode(found.items(), runs, all, begun));
            assertThat(encoder.cacheTrouble()).isEmpty();
        }
        HexFormat hex = HexFormat.of();
        return new Written(hex.formatHex(plain.digest()), hex.formatHex(encoded.digest()));
    }

    private Written writeAfresh() throws Exception {
        return write(tree.root(), directory.resolve("other-cache"), SegmentTable.EMPTY, Instant.EPOCH);
    }

    private Written writeWithWhatIsKnown(Path root) throws Exception {
        return write(root, cache, known(), settled());
    }

    private SegmentTable known() throws IOException {
        try (BlockCache.Session session = new BlockCache(cache).open(COMPRESSOR.hash64())) {
            return SegmentTable.parse(session.tables(COMPRESSOR));
        }
    }

    /** A time at which nothing that has changed until now is young. */
    private static Instant settled() {
        return Instant.now().plusSeconds(10);
    }

    /** Ends in what has no content, behind a boundary, so that all content can be known. */
    private void fillTree() throws IOException {
        for (int i = 0; i < 60; i++) {
            tree.file("usr/share/" + Integer.toString(i * 7919, 36), SampleTree.text(i * 1_500, i));
        }
        tree.file("boot/initrd", SampleTree.noise(2_500_000, 1));
        tree.file("usr/lib/large", SampleTree.text(3_000_000, 2));
        tree.file("usr/share/zzz", SampleTree.text(600_000, 3));
        Files.createSymbolicLink(tree.root().resolve("zzz"), Path.of("usr"));
    }

    private Path nothing() throws IOException {
        return Files.createDirectories(directory.resolve("nothing"));
    }

    private List<Path> filesIn(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void whatIsKnownIsNotRead() throws Exception {
        fillTree();
        Written first = writeWithWhatIsKnown(tree.root());

        assertThat(writeWithWhatIsKnown(nothing())).isEqualTo(first).isEqualTo(writeAfresh());
    }

    @Test
    void whatIsKnownIsNotReadAfterAChangeElsewhere() throws Exception {
        fillTree();
        writeWithWhatIsKnown(tree.root());
        Files.delete(tree.root().resolve("usr/share/zzz"));

        assertThat(writeWithWhatIsKnown(tree.root())).isEqualTo(writeAfresh());
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> writeWithWhatIsKnown(nothing()))
                .withMessageMatching("/usr/share/\\w+ vanished.*");
    }

    @Test
    void aFileThatMayStillHaveChangedIsRead() throws Exception {
        fillTree();
        write(tree.root(), cache, SegmentTable.EMPTY, Instant.now());

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> writeWithWhatIsKnown(nothing()))
                .withMessageContaining("/boot/initrd vanished");
    }

    @RepeatedTest(4)
    void isTheSameAsWithoutWhatIsKnownWhateverChanges(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        fillTree();
        for (int round = 0; round < 10; round++) {
            String description = "seed " + repetition.getCurrentRepetition() + ", round " + round;
            assertThat(writeWithWhatIsKnown(tree.root())).as(description).isEqualTo(writeAfresh());
            Thread.sleep(A_MOMENT);
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                change(random);
            }
            if (random.nextBoolean()) {
                damageCache(random);
            }
        }
    }

    private void change(Random random) throws IOException {
        List<Path> files = filesIn(tree.root());
        Path file = files.get(random.nextInt(files.size()));
        Path other = files.get(random.nextInt(files.size()));
        byte[] sameLength = SampleTree.noise((int) Files.size(file), random.nextLong());
        Path name = tree.root().resolve("usr/share/" + Long.toString(random.nextLong() >>> 1, 36));
        switch (random.nextInt(9)) {
            case 0 -> Files.write(file, sameLength);
            case 1 -> {
                Path written = Files.write(directory.resolve("written"), sameLength);
                Files.setLastModifiedTime(written, Files.getLastModifiedTime(file));
                Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            }
            case 2 -> Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(random.nextInt())));
            case 3 -> Files.move(file, name);
            case 4 -> Files.createLink(name, file);
            case 5 -> Files.write(file, Arrays.copyOf(sameLength, random.nextInt(2 * sameLength.length + 1)));
            case 6 -> tree.file(tree.root().relativize(name).toString(), SampleTree.text(random.nextInt(1 << 20), 5));
            case 7 -> {
                if (files.size() > 20) {
                    Files.delete(file);
                }
            }
            default -> {
                Files.move(file, directory.resolve("moved"));
                if (Files.exists(other)) {
                    Files.move(other, file);
                }
                Files.move(directory.resolve("moved"), other);
            }
        }
    }

    private void damageCache(Random random) throws IOException {
        List<Path> files = filesIn(cache);
        for (int damages = random.nextInt(4); damages >= 0; damages--) {
            boolean table = random.nextBoolean();
            List<Path> kind = files.stream()
                    .filter(file -> file.toString().contains("-tables/") == table)
                    .toList();
            Path file = kind.get(random.nextInt(kind.size()));
            byte[] bytes = Files.exists(file) && Files.size(file) > 0 ? Files.readAllBytes(file) : new byte[1];
            switch (random.nextInt(3)) {
                case 0 -> Files.deleteIfExists(file);
                case 1 -> Files.write(file, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
                default -> {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    Files.write(file, bytes);
                }
            }
        }
    }
}
