package io.metalimages.rack.provisioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.rack.machine.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutTest {

    private static final Path LAYOUTS = Path.of("layouts");

    private static final String SMALLEST = """
            id: smallest
            filesystems:
              - {path: /boot/efi, device: /dev/vda1, format: vfat, label: efi}
              - {path: /, device: /dev/vda2, format: ext4, label: root}
            disks:
              - device: /dev/vda
                partitions:
                  - {number: 1, label: efi, size: 100, gpttype: ef00}
                  - {number: 2, label: root, size: 0}
            """;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"default", "lvm", "raid1"})
    void eachOfTheRacksOwnIsNamedAsItsFileAndFits(String name) throws Exception {
        Layout layout = Layout.read(LAYOUTS.resolve(name + ".yaml"));
        assertThat(layout.id()).isEqualTo(name);
        layout.requireFitting(8192);
        assertThat(layout.dispensableDisks()).hasSize(name.equals("raid1") ? 2 : 0);
        assertThat(layout.isRaid()).isEqualTo(name.equals("raid1"));
    }

    @Test
    void theDefaultIsPartitionedFormattedAndMountedAsMetalHammerDoes() throws Exception {
        Layout layout = Layout.read(LAYOUTS.resolve("default.yaml"));
        assertThat(layout.buses()).containsExactly(Disk.Bus.VIRTIO);
        assertThat(new LayoutCommands(layout).partition())
                .containsExactly(
                        "run wipefs --all /dev/vda",
                        "run sgdisk --zap-all --new=1:0:+500M --change-name=1:efi --typecode=1:ef00 --new=2:0:+5000M"
                                + " --change-name=2:root --typecode=2:8300 --new=3:0:+0M --change-name=3:varlib"
                                + " --typecode=3:8300 /dev/vda",
                        "reread /dev/vda");
        assertThat(new LayoutCommands(layout).format())
                .containsExactly(
                        "run mkfs.vfat -F32 -n efi /dev/vda1",
                        "run mkfs.ext4 -F -L root /dev/vda2",
                        "run mkfs.ext4 -F -L varlib /dev/vda3");
        assertThat(new LayoutCommands(layout).mount())
                .containsExactly(
                        "mount_at /dev/vda2 / ext4 ''",
                        "mount_at /dev/vda1 /boot/efi vfat ''",
                        "mount_at /dev/vda3 /var/lib ext4 ''");
        assertThat(new LayoutCommands(layout).fstab())
                .containsExactly(
                        "fstab /dev/vda2 / ext4 defaults 1",
                        "fstab tmpfs /tmp tmpfs defaults,noatime,nosuid,nodev,noexec,mode=1777,size=512M 0",
                        "fstab /dev/vda1 /boot/efi vfat defaults 2",
                        "fstab /dev/vda3 /var/lib ext4 defaults 2");
        assertThat(new LayoutCommands(layout).diskInformation())
                .containsExactly("disk_information root ext4 /dev/vda2 efi vfat /dev/vda1 varlib ext4 /dev/vda3");
    }

    @Test
    void arraysAreMadeWithoutASyncThatNobodyNeeds() throws Exception {
        Layout layout = Layout.read(LAYOUTS.resolve("raid1.yaml"));
        assertThat(new LayoutCommands(layout).partition())
                .contains("run mdadm --create /dev/md2 --force --run --homehost any --level 1 --raid-devices 2"
                        + " --assume-clean --metadata=1.0 /dev/vda2 /dev/vdb2");
        assertThat(new LayoutCommands(layout).assemble())
                .contains("run mdadm --assemble --run /dev/md2 /dev/vda2 /dev/vdb2")
                .hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            id: mirror             | id: same                     | /dev/vda, /dev/vdb
            level: "1"             | level: "0"                   |
            [/dev/vda2, /dev/vdb2] | [/dev/vda2, /dev/vda4]       | /dev/vdb
            device: /dev/md3       | device: /dev/vda4            | /dev/vdb
            [/dev/vda3, /dev/vdb3] | [/dev/vda3, /dev/vdb3, /dev/vdb4], spares: 1 | /dev/vda, /dev/vdb
            """)
    void aDiskIsDispensableIfOthersHaveAllOfIt(String from, String to, String dispensable) throws Exception {
        Layout layout = layout("""
                id: mirror
                raid:
                  - {arrayname: /dev/md1, devices: [/dev/vda1, /dev/vdb1]}
                  - {arrayname: /dev/md2, devices: [/dev/vda2, /dev/vdb2]}
                  - {arrayname: /dev/md3, devices: [/dev/vda3, /dev/vdb3], level: "1"}
                filesystems:
                  - {path: /boot/efi, device: /dev/md1, format: vfat}
                  - {path: /, device: /dev/md2, format: ext4, label: root}
                  - {path: /srv, device: /dev/md3, format: ext4, label: srv}
                disks:
                  - device: /dev/vda
                    partitions: [{number: 1, size: 100}, {number: 2, size: 100}, {number: 3, size: 100}, {number: 4, size: 100}]
                  - device: /dev/vdb
                    partitions: [{number: 1, size: 100}, {number: 2, size: 100}, {number: 3, size: 100}, {number: 4, size: 100}]
                """.replace(from, to));
        assertThat(layout.dispensableDisks().stream().map(Layout.Device::device))
                .isEqualTo(dispensable == null ? List.of() : List.of(dispensable.split(", ")));
    }

    @Test
    void volumesAreStripedOverAllDisksOfTheirGroup() throws Exception {
        Layout layout = Layout.read(LAYOUTS.resolve("lvm.yaml"));
        assertThat(layout.buses()).containsExactly(Disk.Bus.VIRTIO, Disk.Bus.NVME, Disk.Bus.NVME);
        assertThat(new LayoutCommands(layout).partition())
                .doesNotContain("reread /dev/nvme0n1")
                .endsWith(
                        "run lvm vgcreate vg00 /dev/nvme0n1 /dev/nvme1n1",
                        "run lvm lvcreate --name varlib --wipesignatures y --yes --size 2000m --type striped --stripes 2"
                                + " vg00");
        assertThat(new LayoutCommands(layout).format()).contains("run mkfs.ext4 -F -L varlib /dev/vg00/varlib");
    }

    @Test
    void whatTheShellWouldTakeForItsOwnIsQuoted() throws Exception {
        Layout layout = layout(SMALLEST.replace("label: root, size", "label: \"it's; $(here)\", size"));
        assertThat(new LayoutCommands(layout).partition())
                .anyMatch(command -> command.contains("'--change-name=2:it'\\''s; $(here)'"));
    }

    @Test
    void optionsThatConcernFstabOnlyAreNotMountedWith() throws Exception {
        Layout layout = layout(SMALLEST.replace(
                "label: root}", "label: root, mountoptions: [noatime, x-systemd.growfs, noauto, defaults]}"));
        assertThat(new LayoutCommands(layout).mount()).contains("mount_at /dev/vda2 / ext4 noatime");
        assertThat(new LayoutCommands(layout).fstab())
                .contains("fstab /dev/vda2 / ext4 noatime,x-systemd.growfs,noauto,defaults 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "id: smallest | id: smallest{nl}colour: red | layout.yaml:2: the layout: there is no field “colour”",
                "id: smallest | id: [1 | layout.yaml:2: This is not YAML",
                "id: smallest | name: x | the field id is missing",
                "/dev/vda1, format | /dev/vda7, format | layout.yaml:3: filesystems[].device: there is no /dev/vda7",
                "/dev/vda1, format | /dev/vda2, format | layout.yaml:4: filesystems[].device: there is no /dev/vda2 that",
                "format: ext4 | format: zfs | layout.yaml:4: filesystems[].format: zfs is none of ext3, ext4",
                "label: root} | label: other} | none has the label root and the path /",
                "path: /boot/efi | path: /efi | none of format vfat has the path /boot/efi",
                "path: /boot/efi | path: ../x | layout.yaml:3: filesystems[].path: ../x is not an absolute path",
                "size: 100 | size: lots | layout.yaml:8: partitions[]: the field size is lots, no number from 0",
                "size: 100 | size: -1 | the field size is -1",
                "size: 100 | size: 0 | layout.yaml:9: partitions[].size: only the last one can have the size 0",
                "number: 2 | number: 1 | layout.yaml:9: partitions[].number: two partitions have the number 1",
                "number: 2 | number: 129 | the field number is 129",
                "gpttype: ef00 | gpttype: boot | layout.yaml:8: partitions[].gpttype: boot is no type",
                "device: /dev/vda{nl} | device: /dev/disk{nl} | layout.yaml:6: disks[].device: /dev/disk is none of",
                "id: smallest | id: smallest{nl}raid: [{arrayname: /dev/md0, devices: [/dev/vda1]}] | at least two",
                "id: smallest | id: smallest{nl}raid: [{arrayname: /dev/md0, level: 7, devices: [a, b]}] | 7 is none of",
                "id: smallest | id: smallest{nl}logicalvolumes: [{name: a, volumegroup: b, size: 1}] | no volume group b",
                "id: smallest | id: smallest{nl}volumegroups: [{name: a, devices: [/dev/vdz]}] | there is no /dev/vdz",
                "id: smallest | id: smallest{nl}volumegroups: {name: a} | the field volumegroups is not a list"
            })
    void whatCannotBeIsRefusedWithItsPlace(String from, String to, String message) throws Exception {
        String text = SMALLEST.replace(from.replace("{nl}", "\n"), to.replace("{nl}", "\n"));
        assertThat(text).isNotEqualTo(SMALLEST);
        assertThatThrownBy(() -> layout(text))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        e -> assertThat(e.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                .hasMessageContaining(message);
    }

    @Test
    void aLayoutThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> Layout.read(directory.resolve("no.yaml")))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("no.yaml");
    }

    @Test
    void disksThatAreTooSmallAreRefusedWithBothFigures() throws Exception {
        Layout layout = Layout.read(LAYOUTS.resolve("default.yaml"));
        assertThatThrownBy(() -> layout.requireFitting(4096))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        e -> assertThat(e.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                .hasMessageContaining("layouts/default.yaml: disks[].partitions[].size: ")
                .hasMessageContaining("/dev/vda take 5,502 MiB")
                .hasMessageContaining("has 4,096 MiB");
    }

    @Test
    void volumesThatAreTooLargeAreRefusedWithBothFigures() throws Exception {
        String text = Files.readString(LAYOUTS.resolve("lvm.yaml")).replace("size: 2000", "size: 20000");
        Layout layout = layout(text);
        assertThatThrownBy(() -> layout.requireFitting(8192))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        e -> assertThat(e.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                .hasMessageContaining("layout.yaml: logicalvolumes[].size: ")
                .hasMessageContaining("vg00 take 20,000 MiB")
                .hasMessageContaining("has 16,384 MiB");
    }

    @Test
    void thePhasesOfAnInstallationAreKnownBeforehand() throws Exception {
        HammerTask task = smallestInstallation(Burn.TAR, HammerTask.Then.START_SYSTEM);
        assertThat(task.phases())
                .startsWith(HammerTask.INSTALLATION.toArray(String[]::new))
                .endsWith("kexec")
                .hasSize(HammerTask.INSTALLATION.size() + 1);
        assertThat(task.script())
                .contains("\nburn unpack_all\n")
                .endsWith("\nend\nkexec --exec\n")
                .containsSubsequence(task.phases().stream()
                        .map(phase -> "\nphase " + phase + "\n")
                        .toArray(String[]::new));
        assertThat(task.files()).containsOnlyKeys("img.tar.lz4", "img.tar.lz4.md5", "install.yaml");
    }

    @Test
    void aSystemThatIsNotToBeStartedIsCompleteOnItsDisks() throws Exception {
        HammerTask task = smallestInstallation(Burn.METAL_HAMMER, HammerTask.Then.SWITCH_OFF);
        assertThat(task.phases()).isEqualTo(HammerTask.INSTALLATION);
        assertThat(task.script())
                .contains("\ninstall\n", "\nfstab ")
                .endsWith("\nend\n")
                .doesNotContain("load_kernel");
    }

    @Test
    void thePhasesOfAChangeAreKnownBeforehand() throws Exception {
        HammerTask task = HammerTask.modification(layout(SMALLEST), "touch /changed\n", HammerTask.Then.START_SYSTEM);
        assertThat(task.phases())
                .startsWith(HammerTask.MODIFICATION.toArray(String[]::new))
                .endsWith("kexec");
        assertThat(task.script()).endsWith("\nend\nkexec --exec\n");
        assertThat(task.files()).containsOnlyKeys("script");
    }

    private HammerTask smallestInstallation(Burn burn, HammerTask.Then then) throws IOException {
        return HammerTask.installation(
                layout(SMALLEST),
                burn,
                Path.of("img.tar.lz4"),
                "role: machine\n",
                Optional.empty(),
                Optional.empty(),
                then);
    }

    private Layout layout(String text) throws IOException {
        return Layout.read(Files.writeString(directory.resolve("layout.yaml"), text));
    }
}
