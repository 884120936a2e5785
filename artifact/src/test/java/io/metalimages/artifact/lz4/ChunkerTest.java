package io.metalimages.artifact.lz4;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.SampleTree;
import io.metalimages.common.Digests;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ChunkerTest {

    private static final class Entry {

        private final String path;
        private final byte[] content;

        Entry(String path, byte[] content) {
            this.path = path;
            this.content = content;
        }

        Entry withInsertion(int position) {
            byte[] longer = new byte[content.length + 1];
            System.arraycopy(content, 0, longer, 0, position);
            System.arraycopy(content, position, longer, position + 1, content.length - position);
            return new Entry(path, longer);
        }
    }

    /** Keeps the blocks; gives the same two pieces of memory out again and again, as the real sinks do. */
    private static final class Collector implements BlockSink {

        private final Deque<Block> free = new ArrayDeque<>(List.of(new Block(0), new Block(0)));
        private final List<byte[]> blocks = new ArrayList<>();

        @Override
        public Block empty() {
            return free.remove();
        }

        @Override
        public boolean recall(KnownBlock known, Block block) {
            return false;
        }

        @Override
        public void accept(Block full) {
            blocks.add(Arrays.copyOf(full.content, full.length));
            free.add(full);
        }
    }

    private static List<byte[]> cut(List<Entry> entries, Random readSizes) throws Exception {
        Collector collector = new Collector();
        Chunker chunker = new Chunker(collector);
        for (Entry entry : entries) {
            byte[] content = entry.content;
            chunker.makeRoom(content.length);
            chunker.startEntry(entry.path, content.length);
            int[] position = {0};
            long written = chunker.write(
                    (into, offset, most) -> {
                        if (position[0] == content.length) {
                            return -1;
                        }
                        int count = Math.min(1 + readSizes.nextInt(most), content.length - position[0]);
                        System.arraycopy(content, position[0], into, offset, count);
                        position[0] += count;
                        return count;
                    },
                    content.length);
            assertThat(written).isEqualTo(content.length);
            chunker.endEntry();
        }
        chunker.finish();
        return collector.blocks;
    }

    private static List<Entry> randomEntries(Random random, int totalBytes) {
        List<Entry> entries = new ArrayList<>();
        for (int bytes = 0; bytes < totalBytes; ) {
            int size = 512 * (1 + random.nextInt(random.nextInt(20) == 0 ? 12_000 : 60));
            byte[] content = new byte[size];
            random.nextBytes(content);
            if (random.nextInt(10) == 0) {
                Arrays.fill(content, random.nextInt(size), size, (byte) 0);
            }
            entries.add(new Entry("usr/lib/" + Long.toString(random.nextLong(), 36) + "/file", content));
            bytes += size;
        }
        return entries;
    }

    private static Set<String> digests(List<byte[]> blocks) {
        return blocks.stream()
                .map(block -> HexFormat.of().formatHex(Digests.sha256().digest(block)))
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static byte[] concatenated(List<byte[]> parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.forEach(whole::writeBytes);
        return whole.toByteArray();
    }

    @RepeatedTest(5)
    void blocksAreTheInputWithinTheLimits(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Entry> entries = randomEntries(random, 40_000_000);

        List<byte[]> blocks = cut(entries, random);

        assertThat(Arrays.equals(
                        concatenated(blocks),
                        concatenated(
                                entries.stream().map(entry -> entry.content).toList())))
                .as("seed %d", repetition.getCurrentRepetition())
                .isTrue();
        assertThat(blocks.subList(0, blocks.size() - 1))
                .allMatch(block -> block.length >= Chunker.SMALLEST && block.length <= Lz4Frame.LARGEST_BLOCK);
        assertThat(blocks.getLast().length).isBetween(1, Lz4Frame.LARGEST_BLOCK);
        assertThat(40_000_000 / blocks.size()).as("average size").isBetween(400 << 10, 1200 << 10);
    }

    @RepeatedTest(5)
    void boundariesDoNotDependOnTheSizesOfReads(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Entry> entries = randomEntries(random, 20_000_000);

        assertThat(cut(entries, new Random(1)).stream().map(block -> block.length))
                .as("seed %d", repetition.getCurrentRepetition())
                .containsExactlyElementsOf(cut(entries, new Random(2)).stream()
                        .map(block -> block.length)
                        .toList());
    }

    @RepeatedTest(20)
    void oneByteMoreChangesFewBlocks(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Entry> entries = randomEntries(random, 20_000_000);
        List<Entry> changed = new ArrayList<>(entries);
        int which = random.nextInt(entries.size());
        Entry entry = entries.get(which);
        changed.set(which, entry.withInsertion(random.nextInt(entry.content.length)));

        Set<String> fresh = digests(cut(changed, random));
        fresh.removeAll(digests(cut(entries, random)));

        assertThat(fresh).as("seed %d", repetition.getCurrentRepetition()).hasSizeBetween(1, 4);
    }

    @RepeatedTest(20)
    void oneEntryLessChangesFewBlocks(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Entry> entries = randomEntries(random, 20_000_000);
        List<Entry> changed = new ArrayList<>(entries);
        changed.remove(random.nextInt(entries.size()));

        Set<String> fresh = digests(cut(changed, random));
        fresh.removeAll(digests(cut(entries, random)));

        assertThat(fresh).as("seed %d", repetition.getCurrentRepetition()).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void aLargeFileGivesTheSameBlocksWhereverItLies() throws Exception {
        Random random = new Random(7);
        Entry large = new Entry("boot/vmlinuz", SampleTree.noise(10_000_384, 8));
        List<Entry> here = new ArrayList<>(randomEntries(random, 3_000_000));
        List<Entry> there = new ArrayList<>(randomEntries(random, 5_000_000));
        here.add(large);
        here.addAll(randomEntries(random, 3_000_000));
        there.add(new Entry("usr/lib/another-name", large.content));
        there.addAll(randomEntries(random, 3_000_000));

        Set<String> common = digests(cut(here, random));
        common.retainAll(digests(cut(there, random)));

        assertThat(common).hasSizeGreaterThanOrEqualTo(5);
    }

    @Test
    void zerosAreCutAtTheLargestBlock() throws Exception {
        List<byte[]> blocks = cut(List.of(new Entry("sparse", new byte[10 << 20])), new Random(1));

        assertThat(blocks.stream().map(block -> block.length)).containsExactly(4 << 20, 4 << 20, 2 << 20);
    }

    @Test
    void noticesASourceThatHasMoreThanWasSaid() throws Exception {
        Chunker chunker = new Chunker(new Collector());
        chunker.startEntry("growing", 1000);

        assertThat(chunker.write((into, offset, most) -> most, 1000)).isGreaterThan(1000);
    }
}
