package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code metal-images test} refuses before it starts anything, in processes of its own. */
final class TestTest {

    @TempDir
    private Path directory;

    private Program program;

    @BeforeEach
    void prepare() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "not root: images can't be tested");
        program = new Program(directory, Map.of());
        Files.createDirectories(program.home().resolve("os"));
        Path image = Files.createDirectories(program.images().resolve("tiny/1"));
        Files.writeString(image.resolve("img.tar.lz4"), "never read");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            size: 100 | size: 20000   | : disks[].partitions[].size: the partitions of /dev/vda take 20,002 MiB
            size: 100 | size: plenty  | :7: partitions[]: the field size is plenty
            size: 10} | size: 30000}  | : logicalvolumes[].size: the volumes of vg00 take 30,000 MiB
            /dev/vdb] | /dev/vdz]     | :9: volumegroups[].devices: there is no /dev/vdz
            """)
    void aLayoutThatCannotBeIsRefusedWithItsFileAndField(String from, String to, String message) throws Exception {
        Path layout = Files.writeString(directory.resolve("layout.yaml"), """
                id: own
                filesystems:
                  - {path: /boot/efi, device: /dev/vda1, format: vfat, label: efi}
                  - {path: /, device: /dev/vda2, format: ext4, label: root}
                disks:
                  - device: /dev/vda
                    partitions: [{number: 1, size: 100}, {number: 2, size: 0}]
                  - device: /dev/vdb
                volumegroups: [{name: vg00, devices: [/dev/vdb]}]
                logicalvolumes: [{name: data, volumegroup: vg00, size: 10}]
                """.replace(from, to));

        Program.Run run = program.run("test", "tiny/1", "--layout", layout.toString());

        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains(layout + message);
        assertThat(program.images().resolve("tiny/1/test/console.log")).doesNotExist();
    }

    @Test
    void aLayoutThatIsNotThereIsRefused() throws Exception {
        Program.Run run = program.run("test", "tiny/1", "--layout", "nowhere.yaml");

        assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains("There is no layout nowhere.yaml.");
    }
}
