package io.metalimages.engine.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.testing.Host;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Archives made by another implementation, and archives that no implementation should make. */
class ArchiveUnpackerTest {

    @TempDir
    Path directory;

    private Path root;
    private Path outside;

    @BeforeEach
    void prepare() throws IOException {
        Host.assumeRoot("give files to other users");
        root = Files.createDirectory(directory.resolve("root"));
        outside = Files.writeString(directory.resolve("outside"), "untouched");
    }

    private void unpack(byte[] archive) throws IOException {
        unpack(archive, Optional.empty());
    }

    private void unpack(byte[] archive, Optional<ArchiveUnpacker.Owner> owner) throws IOException {
        try (RootDirectory opened = RootDirectory.open(root)) {
            new ArchiveUnpacker(opened, owner).unpack(new ByteArrayInputStream(archive));
        } finally {
            assertThat(outside).hasContent("untouched");
        }
    }

    @Test
    void keepsWhatAnArchiveSays() throws Exception {
        String longName = "d/" + "n".repeat(150) + "/" + "m".repeat(200);
        unpack(new Archive()
                .entry("d/", TarConstants.LF_DIR, "", 01770)
                .file("d/f", "content", 04755)
                .file(longName, "long", 0600)
                .entry("d/l", TarConstants.LF_SYMLINK, "/anywhere", 0777)
                .entry("hard", TarConstants.LF_LINK, "d/f", 0644)
                .entry("pipe", TarConstants.LF_FIFO, "", 0640)
                .entry("device", TarConstants.LF_CHR, "", 0660)
                .bytes());

        FileStatus file = FileStatus.of(root.resolve("d/f"));
        assertThat(file.permissions()).isEqualTo(04755);
        assertThat(file.user() + ":" + file.group()).isEqualTo("12:34");
        assertThat(file.modified().toMillis()).isEqualTo(1_000_000_000_000L);
        assertThat(file.isSameFile(FileStatus.of(root.resolve("hard")))).isTrue();
        assertThat(root.resolve(longName)).hasContent("long");
        FileStatus parent = FileStatus.of(root.resolve("d"));
        assertThat(parent.permissions()).isEqualTo(01770);
        assertThat(parent.modified().toMillis()).isEqualTo(1_000_000_000_000L);
        assertThat(Files.readSymbolicLink(root.resolve("d/l"))).isEqualTo(Path.of("/anywhere"));
        assertThat(FileStatus.of(root.resolve("pipe")).type()).isEqualTo(FileStatus.PIPE);
        FileStatus device = FileStatus.of(root.resolve("device"));
        assertThat(device.type()).isEqualTo(FileStatus.CHARACTER_DEVICE);
        assertThat(device.specialDevice()).isEqualTo((1 << 8) | (1 << 20) | 44);
    }

    @Test
    void anOwnerThatIsChosenIsEverybodys() throws Exception {
        unpack(new Archive().file("d/f", "f", 0644).bytes(), Optional.of(new ArchiveUnpacker.Owner(5, 6)));
        assertThat(FileStatus.of(root.resolve("d/f")).user()).isEqualTo(5);
    }

    @Test
    void directoriesAreMergedAndAnythingElseGivesWay() throws Exception {
        Files.createDirectories(root.resolve("d/kept"));
        Files.createDirectories(root.resolve("f/full"));
        Files.writeString(root.resolve("l"), "file");
        unpack(new Archive()
                .entry("d/", TarConstants.LF_DIR, "", 0700)
                .file("f", "now a file", 0644)
                .entry("l/", TarConstants.LF_DIR, "", 0755)
                .bytes());
        assertThat(root.resolve("d/kept")).isDirectory();
        assertThat(root.resolve("f")).hasContent("now a file");
        assertThat(root.resolve("l")).isDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "bzip2", "xz", "zstd"})
    void tellsTheCompressionByItself(String compression) throws Exception {
        byte[] archive = new Archive().file("f", "x".repeat(100_000), 0644).bytes();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream output = switch (compression) {
            case "gzip" -> new GZIPOutputStream(bytes);
            case "bzip2" -> new BZip2CompressorOutputStream(bytes);
            case "xz" -> new XZOutputStream(bytes, new LZMA2Options());
            case "zstd" -> new ZstdOutputStream(bytes);
            default -> bytes;
        }) {
            output.write(archive);
        }
        assertThat(ArchiveUnpacker.isArchive(new ByteArrayInputStream(bytes.toByteArray())))
                .isTrue();
        unpack(bytes.toByteArray());
        assertThat(root.resolve("f")).hasContent("x".repeat(100_000));
        if (!compression.equals("none")) {
            byte[] half = Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2);
            assertThatThrownBy(() -> unpack(half)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void whatIsNoArchiveIsToldApart() throws Exception {
        Random random = new Random(1);
        byte[] noise = new byte[4096];
        random.nextBytes(noise);
        for (byte[] content : List.of(noise, new byte[0], new byte[2048], "text".getBytes(StandardCharsets.UTF_8))) {
            assertThat(ArchiveUnpacker.isArchive(new ByteArrayInputStream(content)))
                    .isFalse();
        }
    }

    @Test
    void nothingLeadsOut() throws Exception {
        for (String name : List.of("../outside", "d/../../outside", "/../outside")) {
            assertThatThrownBy(() ->
                            unpack(new Archive().file(name, "hostile", 0644).bytes()))
                    .isInstanceOf(InvalidArchiveException.class)
                    .hasMessageContaining("leads out");
        }
        assertThatThrownBy(() -> unpack(new Archive()
                        .entry("l", TarConstants.LF_LINK, "../outside", 0644)
                        .bytes()))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessageContaining("leads out");
        unpack(new Archive()
                .file("/absolute", "inside", 0644)
                .entry("up", TarConstants.LF_SYMLINK, "../../..", 0777)
                .file("up/outside", "through a link", 0644)
                .entry("host", TarConstants.LF_SYMLINK, directory.toString(), 0777)
                .file("host/outside", "through a link", 0644)
                .bytes());
        assertThat(root.resolve("absolute")).hasContent("inside");
        assertThat(root.resolve("outside")).hasContent("through a link");
        assertThat(root.resolve("up")).isSymbolicLink();
    }

    @Test
    void damageIsTold() throws Exception {
        byte[] archive = new Archive().file("f", "content", 0644).bytes();
        assertThatThrownBy(() -> unpack(Arrays.copyOf(archive, 515)))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessage("it ends in the middle of a file");
        byte[] changed = archive.clone();
        changed[0] = 'g';
        assertThatThrownBy(() -> unpack(changed)).hasMessage("a header does not have its checksum");
        assertThatThrownBy(() -> unpack(new Archive()
                        .entry("l", TarConstants.LF_LINK, "missing", 0644)
                        .bytes()))
                .hasMessage("l is a link to missing, which is not there");
    }

    @Test
    void damagedAtRandomItIsTakenOrRefused() throws Exception {
        byte[] archive = new Archive()
                .entry("d/", TarConstants.LF_DIR, "", 0755)
                .file("d/" + "n".repeat(180), "content", 0644)
                .entry("l", TarConstants.LF_SYMLINK, "d", 0777)
                .bytes();
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            byte[] damaged = archive.clone();
            for (int change = 0; change < 3; change++) {
                damaged[random.nextInt(2048)] = (byte) random.nextInt(256);
            }
            try {
                unpack(damaged);
            } catch (IOException refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
        assertThat(Files.exists(outside, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }
}
