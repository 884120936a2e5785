package io.metalimages.artifact.tar;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Command;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarHeaderTest {

    private static TarEntry file(String path, long size) {
        return new TarEntry(
                TarEntry.Type.FILE, path, 0644, 0, 0, 1_000_000_000, size, "", Collections.emptySortedMap());
    }

    private static TarArchiveEntry parse(byte[] header) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new ByteArrayInputStream(header), StandardCharsets.UTF_8.name())) {
            return tar.getNextEntry();
        }
    }

    @Test
    void isTheVeryHeaderThatGnuTarWrites(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "12345");
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_000_000_000)));
        Path tar = directory.resolve("tar");
        Command.succeed(
                "tar",
                "--format=ustar",
                "--owner=17",
                "--group=18",
                "--numeric-owner",
                "--mode=4755",
                "-C",
                directory.toString(),
                "-cf",
                tar.toString(),
                "file");
        TarEntry entry = new TarEntry(
                TarEntry.Type.FILE, "file", 04755, 17, 18, 1_000_000_000, 5, "", Collections.emptySortedMap());

        assertThat(TarHeader.encode(entry)).isEqualTo(Arrays.copyOf(Files.readAllBytes(tar), TarHeader.BLOCK));
    }

    @Test
    void saysSizesThatUstarCannotInAnExtendedHeader() throws IOException {
        for (long size : new long[] {0, 1, (8L << 30) - 1, 8L << 30, 1L << 40}) {
            byte[] header = TarHeader.encode(file("big", size));

            assertThat(parse(header).getSize()).isEqualTo(size);
            assertThat(header.length).isEqualTo(size < 8L << 30 ? 512 : 3 * 512);
        }
    }

    @Test
    void saysIdsThatUstarCannotInAnExtendedHeader() throws IOException {
        for (long id : new long[] {0, 65_534, 2_097_151, 2_097_152, 4_294_967_294L}) {
            TarEntry entry =
                    new TarEntry(TarEntry.Type.DIRECTORY, "d", 0755, id, id, 0, 0, "", Collections.emptySortedMap());
            TarArchiveEntry parsed = parse(TarHeader.encode(entry));

            assertThat(parsed.getLongUserId()).isEqualTo(id);
            assertThat(parsed.getLongGroupId()).isEqualTo(id);
            assertThat(parsed.getUserName()).isEmpty();
            assertThat(parsed.getGroupName()).isEmpty();
        }
    }

    @Test
    void countsTheDigitsOfARecordsLengthInItsLength() {
        for (int length = 1; length < 1100; length++) {
            SortedMap<String, byte[]> attributes = new TreeMap<>(Map.of("user.x", new byte[length]));
            TarEntry entry = new TarEntry(TarEntry.Type.FILE, "f", 0644, 0, 0, 0, 0, "", attributes);
            byte[] header = TarHeader.encode(entry);
            String record = new String(header, 512, header.length - 1024, StandardCharsets.ISO_8859_1);
            int said = Integer.parseInt(record.substring(0, record.indexOf(' ')));

            assertThat(record.charAt(said - 1)).as("length %d", length).isEqualTo('\n');
            assertThat(record.substring(said).chars()).allMatch(rest -> rest == 0);
        }
    }

    @Test
    void keepsAttributesByteForByte() {
        byte[] value = {0, '\n', (byte) 0xff, '=', 0};
        TarEntry entry = new TarEntry(
                TarEntry.Type.FILE, "f", 0644, 0, 0, 0, 0, "", new TreeMap<>(Map.of("security.capability", value)));
        byte[] expected = "42 SCHILY.xattr.security.capability=".getBytes(StandardCharsets.US_ASCII);

        byte[] records = Arrays.copyOfRange(TarHeader.encode(entry), 512, 1024);

        assertThat(Arrays.copyOf(records, expected.length)).isEqualTo(expected);
        assertThat(Arrays.copyOfRange(records, expected.length, expected.length + value.length + 1))
                .isEqualTo(new byte[] {0, '\n', (byte) 0xff, '=', 0, '\n'});
    }

    @RepeatedTest(20)
    void readersGetAnyNameBack(RepetitionInfo repetition, @TempDir Path directory) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        List<TarEntry> entries = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            entries.add(randomEntry(random, i));
        }
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        for (TarEntry entry : entries) {
            tar.writeBytes(TarHeader.encode(entry));
            tar.writeBytes(new byte[(int) (entry.size() + TarHeader.padding(entry.size()))]);
        }
        tar.writeBytes(new byte[FileTree.END_BYTES]);

        try (TarArchiveInputStream parsed =
                new TarArchiveInputStream(new ByteArrayInputStream(tar.toByteArray()), StandardCharsets.UTF_8.name())) {
            for (TarEntry entry : entries) {
                TarArchiveEntry got = parsed.getNextEntry();
                assertThat(got.getName())
                        .as("seed %d", repetition.getCurrentRepetition())
                        .isEqualTo(new String(entry.name(), StandardCharsets.UTF_8));
                assertThat(got.getLinkName()).isEqualTo(entry.linkTarget());
                assertThat(got.getSize()).isEqualTo(entry.size());
                assertThat(got.getMode() & 07777).isEqualTo(entry.mode());
                assertThat(got.getLastModifiedTime().toInstant().getEpochSecond())
                        .isEqualTo(entry.modified());
            }
            assertThat((Object) parsed.getNextEntry()).isNull();
        }
        Path file = Files.write(directory.resolve("tar"), tar.toByteArray());
        assertThat(Command.run(
                                Map.of("LC_ALL", "C.UTF-8"),
                                List.of("tar", "--quoting-style=literal", "-tf", file.toString()))
                        .lines())
                .as("seed %d", repetition.getCurrentRepetition())
                .containsExactlyElementsOf(entries.stream()
                        .map(entry -> new String(entry.name(), StandardCharsets.UTF_8))
                        .toList());
    }

    private static TarEntry randomEntry(Random random, int number) {
        List<TarEntry.Type> types = List.of(TarEntry.Type.values());
        TarEntry.Type type = types.get(random.nextInt(types.size()));
        boolean link = type == TarEntry.Type.HARD_LINK || type == TarEntry.Type.SYMBOLIC_LINK;
        return new TarEntry(
                type,
                number + randomPath(random),
                random.nextInt(010000),
                random.nextInt(5_000_000),
                random.nextInt(5_000_000),
                random.nextLong(TarHeader.LATEST_TIME + 1),
                type == TarEntry.Type.FILE ? random.nextInt(3000) : 0,
                link ? randomPath(random) : "",
                Collections.emptySortedMap());
    }

    private static String randomPath(Random random) {
        String letters = random.nextInt(4) == 0 ? "aé€😀 -." : "abcdefg -._\\%'\"";
        int[] characters = letters.codePoints().toArray();
        StringBuilder path = new StringBuilder("p");
        int length = random.nextInt(random.nextBoolean() ? 300 : 110);
        while (path.length() < length) {
            if (random.nextInt(30) == 0) {
                path.append("/p");
            }
            path.appendCodePoint(characters[random.nextInt(characters.length)]);
        }
        return path.toString();
    }
}
