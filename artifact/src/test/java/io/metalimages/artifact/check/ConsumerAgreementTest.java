package io.metalimages.artifact.check;

import static io.metalimages.artifact.SampleImage.frame;
import static io.metalimages.artifact.SampleImage.good;
import static io.metalimages.artifact.SampleImage.joined;
import static io.metalimages.artifact.SampleImage.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Findings;
import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.Lz4FrameReader;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarScanner;
import io.metalimages.testing.Command;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jpountz.xxhash.StreamingXXHash32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of a damaged file, on a machine: the reader here and the consumer's own decoder must be of one opinion,
 * file by file. Either both read it to what they take for the end, and the same number of entries, or both reject it.
 */
class ConsumerAgreementTest {

    private static final int DAMAGED = 1500;
    private static final int FILES_A_RUN = 100;
    private static final long SEED = 20_251_122;

    @Test
    void verdictsAreTheConsumersOnDamagedFiles(@TempDir Path directory) throws Exception {
        Path consumer = GoConsumer.compile(directory);
        List<byte[]> files = samples();
        Random random = new Random(SEED);
        List<byte[]> origins = List.copyOf(files);
        while (files.size() < DAMAGED) {
            files.add(damaged(origins.get(random.nextInt(origins.size())), random));
        }
        int accepted = 0;
        int halved = 0;
        for (int first = 0; first < files.size(); first += FILES_A_RUN) {
            List<String> command = new ArrayList<>(List.of(consumer.toString(), "--verdicts"));
            List<byte[]> some = files.subList(first, Math.min(files.size(), first + FILES_A_RUN));
            for (int i = 0; i < some.size(); i++) {
                command.add(
                        Files.write(directory.resolve("file-" + i), some.get(i)).toString());
            }
            List<String> lines = Command.run(Map.of(), command).lines();
            assertThat(lines).as("seed %d, files from %d", SEED, first).hasSameSizeAs(some);
            for (int i = 0; i < some.size(); i++) {
                String ours = verdict(some.get(i));
                assertThat(ours)
                        .as("seed %d, file %d: %s", SEED, first + i, Arrays.toString(some.get(i)))
                        .isEqualTo(lines.get(i));
                accepted += ours.endsWith(" accepted") ? 1 : 0;
                halved += ours.endsWith(" accepted") && !ours.equals("22 accepted") ? 1 : 0;
            }
        }
        assertThat(accepted).as("files that are taken").isBetween(50, DAMAGED - 50);
        assertThat(halved).as("files of which a part is taken for the whole").isGreaterThan(5);
    }

    /** The number of entries that were read, and whether that was all. */
    private static String verdict(byte[] file) throws IOException {
        Entries entries = new Entries();
        TarScanner scanner = new TarScanner(entries);
        Compressor compressor = new Compressor();
        boolean accepted;
        try (StreamingXXHash32 hash = compressor.contentHash()) {
            Lz4FrameReader.End end = new Lz4FrameReader(
                            new ByteArrayInputStream(file), "file", new Findings(), compressor, true, scanner, hash)
                    .read();
            accepted = scanner.end(end == Lz4FrameReader.End.CLEAN);
        }
        // The consumer tells of an entry when it has read its content.
        return (entries.begun - (entries.begun > 0 && scanner.withinContent() ? 1 : 0))
                + (accepted ? " accepted" : " rejected");
    }

    private static final class Entries implements TarScanner.Visitor {

        private int begun;

        @Override
        public boolean entry(TarEntry entry) {
            begun++;
            return false;
        }

        @Override
        public void content(TarEntry entry, byte[] content) {
            throw new AssertionError("not wanted");
        }

        @Override
        public void breach(CheckCode code, String path, String detail) {
            // Only the verdict counts.
        }
    }

    private static List<byte[]> samples() {
        byte[] tar = good().tar();
        int half = good().offset("usr/lib/os-release");
        byte[] first = Arrays.copyOf(tar, half);
        byte[] second = Arrays.copyOfRange(tar, half, tar.length);
        byte[] skippable = joined(word(0x184D2A50), word(3), new byte[3]);
        byte[] small = Arrays.copyOf(tar, 1536);
        List<byte[]> samples = new ArrayList<>();
        for (int flags : new int[] {0x64, 0x60, 0x6c, 0x74, 0x70, 0x44, 0x40, 0x65, 0x24, 0x66}) {
            for (int size : new int[] {0x40, 0x70}) {
                samples.add(frame(tar, flags, size));
            }
        }
        samples.add(joined(frame(first, 0x64, 0x70), frame(second, 0x64, 0x70)));
        samples.add(joined(frame(first, 0x64, 0x70), skippable, frame(second, 0x64, 0x70)));
        samples.add(joined(skippable, frame(tar, 0x64, 0x70)));
        samples.add(frame(small, 0x64, 0x40));
        samples.add(new byte[0]);
        return samples;
    }

    private static byte[] damaged(byte[] file, Random random) {
        byte[] copy = file.clone();
        if (copy.length < 16) {
            return SampleTree.noise(random.nextInt(40), random.nextLong());
        }
        switch (random.nextInt(5)) {
            case 0 -> copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
            case 1 -> copy[random.nextInt(30)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> copy = Arrays.copyOf(copy, random.nextInt(copy.length));
            case 3 -> {
                int from = random.nextInt(copy.length);
                int length = random.nextInt(1 + Math.min(20, copy.length - from));
                copy = joined(Arrays.copyOf(copy, from), Arrays.copyOfRange(copy, from + length, copy.length));
            }
            default -> {
                for (int change = 0; change < 3; change++) {
                    copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return copy;
    }
}
