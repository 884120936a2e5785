package io.metalimages.artifact.lz4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.artifact.SampleTree;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockCacheTest {

    private static final Compressor COMPRESSOR = new Compressor();

    @TempDir
    private Path directory;

    private static Block encode(BlockCache cache, byte[] content) throws IOException {
        try (BlockCache.Session session = cache.open(COMPRESSOR.hash64())) {
            return encode(session, content);
        }
    }

    private static Block encode(BlockCache.Session session, byte[] content) throws IOException {
        BlockEncoder encoder = new BlockEncoder(COMPRESSOR, session);
        Block block = encoder.newBlock();
        System.arraycopy(content, 0, block.content, 0, content.length);
        block.length = content.length;
        encoder.encode(block);
        assertThat(encoder.cacheTrouble()).isEmpty();
        return block;
    }

    private static byte[] frameBytes(Block block) {
        byte[] bytes = new byte[block.frameBytes().remaining()];
        block.frameBytes().get(bytes);
        return bytes;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException exception) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void givesBackTheSameBytesTheSecondTime() throws Exception {
        BlockCache cache = new BlockCache(directory);
        for (byte[] content : List.of(SampleTree.text(100_000, 1), SampleTree.noise(100_000, 2), new byte[1])) {
            Block first = encode(cache, content);
            Block second = encode(cache, content);

            assertThat(first.fromCache).isFalse();
            assertThat(second.fromCache).isTrue();
            assertThat(frameBytes(second)).isEqualTo(frameBytes(first));
        }
    }

    @Test
    void keepsWhatDoesNotCompressAsItIs() throws Exception {
        encode(new BlockCache(directory), SampleTree.noise(1_000_000, 1));

        assertThat(files())
                .singleElement()
                .satisfies(file -> assertThat(Files.size(file)).isEqualTo(Block.PREFIX + 1_000_000));
    }

    @Test
    void recallsPlainBytesToo() throws Exception {
        BlockCache cache = new BlockCache(directory);
        for (byte[] content : List.of(SampleTree.text(100_000, 1), SampleTree.noise(100_000, 2), new byte[1])) {
            Block first = encode(cache, content);
            try (BlockCache.Session session = cache.open(COMPRESSOR.hash64())) {
                BlockEncoder encoder = new BlockEncoder(COMPRESSOR, session);
                Block again = encoder.newBlock();

                assertThat(encoder.recall(first.known(), again)).isTrue();
                encoder.encode(again);

                assertThat(Arrays.copyOf(again.content, again.length)).isEqualTo(content);
                assertThat(frameBytes(again)).isEqualTo(frameBytes(first));
                assertThat(again.known()).isEqualTo(first.known());
                assertThat(again.fromCache).isTrue();
            }
        }
    }

    @Test
    void recallsNothingThatIsGone() throws Exception {
        BlockCache cache = new BlockCache(directory);
        Block block = encode(cache, SampleTree.text(100_000, 1));
        Files.delete(files().getFirst());
        try (BlockCache.Session session = cache.open(COMPRESSOR.hash64())) {
            assertThat(new BlockEncoder(COMPRESSOR, session).recall(block.known(), block))
                    .isFalse();
        }
    }

    @Test
    void keepsTheNewestTables() throws Exception {
        BlockCache cache = new BlockCache(directory);
        try (BlockCache.Session session = cache.open(COMPRESSOR.hash64())) {
            for (byte table = 0; table < 20; table++) {
                session.keepTable(COMPRESSOR, new byte[] {table, 1});
                for (Path file : files()) {
                    FileTime written = Files.getLastModifiedTime(file);
                    Files.setLastModifiedTime(
                            file, FileTime.from(written.toInstant().minusSeconds(1)));
                }
            }
            assertThat(session.tables(COMPRESSOR))
                    .hasSize(8)
                    .startsWith(new byte[] {19, 1}, new byte[] {18, 1})
                    .endsWith(new byte[] {12, 1});
        }
        assertThat(files()).hasSize(8).allMatch(file -> file.toString().contains("-tables/"));
        for (Path file : files()) {
            assertThat(BlockCache.isWhole(file)).isTrue();
        }
    }

    @RepeatedTest(20)
    void replacesADamagedFile(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        BlockCache cache = new BlockCache(directory);
        byte[] content = SampleTree.text(70_000, 1);
        byte[] good = frameBytes(encode(cache, content));
        Path file = files().getFirst();
        byte[] bytes = Files.readAllBytes(file);
        if (random.nextBoolean()) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        } else if (random.nextBoolean()) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        } else {
            bytes = random.nextBoolean() ? new byte[bytes.length] : Arrays.copyOf(bytes, bytes.length + 7);
        }
        Files.write(file, bytes);

        Block again = encode(cache, content);

        assertThat(again.fromCache)
                .as("seed %d", repetition.getCurrentRepetition())
                .isFalse();
        assertThat(frameBytes(again)).isEqualTo(good);
        assertThat(encode(cache, content).fromCache).isTrue();
    }

    @Test
    void doesNotTakeOneBlockForAnother() throws Exception {
        BlockCache cache = new BlockCache(directory);
        encode(cache, SampleTree.text(70_000, 1));
        Path one = files().getFirst();
        byte[] other = SampleTree.text(70_000, 2);
        encode(cache, other);
        Path another =
                files().stream().filter(file -> !file.equals(one)).findFirst().orElseThrow();
        Files.copy(one, another, StandardCopyOption.REPLACE_EXISTING);

        assertThat(encode(cache, other).fromCache).isFalse();
    }

    @Test
    void deletesWhatWasNotUsedForTheLongestTime() throws Exception {
        BlockCache cache = new BlockCache(directory, 150_000);
        byte[] used = SampleTree.text(100_000, 1);
        encode(cache, used);
        Path first = files().getFirst();
        byte[] unused = SampleTree.text(100_000, 2);
        encode(cache, unused);
        for (Path file : files()) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(100_000)));
        }
        encode(cache, used);
        assertThat(files()).hasSize(2);

        encode(cache, SampleTree.text(100_000, 3));

        assertThat(files()).hasSize(2).contains(first);
        assertThat(encode(cache, unused).fromCache).isFalse();
    }

    @Test
    void mayBeDeletedWhileItIsUsed() throws Exception {
        BlockCache cache = new BlockCache(directory.resolve("cache"));
        try (BlockCache.Session session = cache.open(COMPRESSOR.hash64())) {
            encode(session, SampleTree.text(70_000, 1));
            deleteTree(directory.resolve("cache"));

            assertThat(encode(session, SampleTree.text(70_000, 1)).fromCache).isFalse();
            assertThat(encode(session, SampleTree.text(70_000, 1)).fromCache).isTrue();
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void leavesNothingUnfinishedAndRemovesWhatAKilledRunLeft() throws Exception {
        Path left = Files.createDirectories(directory.resolve(".unfinished-0123"));
        Files.writeString(left.resolve("lock"), "");
        Files.writeString(left.resolve("half"), "half");
        Files.createDirectories(directory.resolve(".unfinished-4567"));

        encode(new BlockCache(directory), SampleTree.text(70_000, 1));

        try (Stream<Path> children = Files.list(directory)) {
            assertThat(children)
                    .singleElement()
                    .satisfies(
                            child -> assertThat(child.getFileName().toString()).isEqualTo(COMPRESSOR.identity()));
        }
    }

    @Test
    void doesNotRemoveWhatAnotherRunIsWriting() throws Exception {
        BlockCache cache = new BlockCache(directory);
        try (BlockCache.Session one = cache.open(COMPRESSOR.hash64())) {
            encode(one, SampleTree.text(70_000, 1));
            encode(cache, SampleTree.text(70_000, 2));
            try (Stream<Path> children = Files.list(directory)) {
                assertThat(children.filter(
                                child -> child.getFileName().toString().startsWith(".unfinished")))
                        .hasSize(1);
            }
        }
    }

    @Test
    void saysWhichDirectoryCannotBeUsed() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> new BlockCache(file.resolve("cache")).open(COMPRESSOR.hash64()))
                .withMessageContaining(file.toString())
                .satisfies(fault -> assertThat(fault.remedy()).isPresent());
    }

    @Test
    void theCompressorIsTheNativeOneAndTellsItsVersion() {
        assertThat(COMPRESSOR.identity()).matches("lz4-java-\\d+\\.\\d+\\.\\d+-level-9");
    }
}
