package io.metalimages.artifact.check;

import static io.metalimages.artifact.SampleImage.KERNEL;
import static io.metalimages.artifact.SampleImage.NETWORK_ENABLED;
import static io.metalimages.artifact.SampleImage.frame;
import static io.metalimages.artifact.SampleImage.good;
import static io.metalimages.artifact.SampleImage.joined;
import static io.metalimages.artifact.SampleImage.word;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.SampleImage;
import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.export.Artifact;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.lz4.Block;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.Lz4Frame;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarHeader;
import io.metalimages.common.FaultException;
import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Breaks the contract in every way that there is a code for, and sees that the check says exactly that. */
class ArtifactCheckTest {

    @TempDir
    private Path directory;

    private int images;

    private static final Set<CheckCode> ELSEWHERE = Set.of(
            CheckCode.PACKAGES_TOO_LARGE,
            CheckCode.TOO_MANY_ENTRIES,
            CheckCode.PATH_TOO_LONG,
            CheckCode.TOO_MUCH_METADATA,
            CheckCode.FILE_TOO_LARGE,
            CheckCode.TOO_COMPLEX);

    /** Makes an artifact in a directory. */
    @FunctionalInterface
    private interface Maker {
        ArtifactLocation make(Path directory) throws IOException;
    }

    private static final SortedMap<String, byte[]> CAPABILITY =
            new TreeMap<>(Map.of("security.capability", SampleTree.CAPABILITY));

    private static final Map<CheckCode, List<Maker>> BREACHES = breaches();

    private static Map<CheckCode, List<Maker>> breaches() {
        Map<CheckCode, List<Maker>> all = new EnumMap<>(CheckCode.class);
        framesAndSidecars(all);
        tars(all);
        images(all);
        losses(all);
        return all;
    }

    private static void add(Map<CheckCode, List<Maker>> all, CheckCode code, Maker... makers) {
        all.put(code, List.of(makers));
    }

    private static Maker framed(UnaryOperator<byte[]> frame) {
        return directory -> good().framed(frame).write(directory);
    }

    private static Maker image(SampleImage image) {
        return image::write;
    }

    private static Maker files(Alteration alteration) {
        return directory -> {
            ArtifactLocation location = good().write(directory);
            alteration.alter(location);
            return location;
        };
    }

    /** Changes the files of a good artifact. */
    @FunctionalInterface
    private interface Alteration {
        void alter(ArtifactLocation location) throws IOException;
    }

    /** Another family's image in which nothing is wrong. */
    private static SampleImage almaLinux() {
        return good().without("boot/initrd.img-" + KERNEL)
                .without("usr/lib/os-release")
                .file("usr/lib/os-release", "ID=almalinux\n", 0644)
                .file("boot/initramfs-" + KERNEL + ".img", "initramfs", 0644)
                .file("boot/efi/EFI/BOOT/BOOTX64.EFI", "loader", 0644)
                .file("boot/efi/EFI/almalinux/shimx64.efi", "loader", 0644)
                .file("boot/efi/EFI/almalinux/grubx64.efi", "loader", 0644);
    }

    private static byte[] usual(byte[] tar) {
        return frame(tar, 0x64, 0x70);
    }

    private static byte[] cut(byte[] bytes, int fromEnd) {
        return Arrays.copyOf(bytes, bytes.length - fromEnd);
    }

    private static byte[] changed(byte[] bytes, int fromEnd) {
        byte[] copy = bytes.clone();
        copy[copy.length - fromEnd] ^= 0x40;
        return copy;
    }

    private static byte[] skippable() {
        return joined(word(0x184D2A53), word(5), new byte[5]);
    }

    private static void framesAndSidecars(Map<CheckCode, List<Maker>> all) {
        add(
                all,
                CheckCode.NO_FRAME,
                framed(tar -> tar),
                framed(tar -> new byte[0]),
                framed(tar -> "not an image".getBytes(StandardCharsets.US_ASCII)));
        add(
                all,
                CheckCode.FRAME_HEADER,
                framed(tar -> frame(tar, 0x64, 0x30)),
                framed(tar -> frame(tar, 0x24, 0x70)),
                framed(tar -> frame(tar, 0x66, 0x70)),
                framed(tar -> frame(tar, 0x64, 0xf0)),
                framed(tar -> {
                    byte[] frame = usual(tar);
                    frame[6] ^= 1;
                    return frame;
                }));
        add(
                all,
                CheckCode.SEVERAL_FRAMES,
                framed(tar ->
                        joined(usual(Arrays.copyOf(tar, 4096)), usual(Arrays.copyOfRange(tar, 4096, tar.length)))),
                framed(tar -> joined(usual(tar), usual(tar))));
        add(all, CheckCode.SKIPPABLE_FRAME_BEHIND, framed(tar -> joined(usual(tar), skippable(), usual(tar))));
        add(all, CheckCode.BLOCK_CHECKSUMS, framed(tar -> frame(tar, 0x74, 0x70)));
        add(all, CheckCode.DICTIONARY, framed(tar -> frame(tar, 0x65, 0x70)));
        add(
                all,
                CheckCode.CORRUPT_BLOCK,
                framed(tar -> {
                    byte[] frame = usual(tar);
                    Arrays.fill(frame, 11, 40, (byte) 0xff);
                    return frame;
                }),
                framed(tar -> joined(Arrays.copyOf(usual(tar), 7), word(0x7fff_ffff), new byte[100])));
        add(
                all,
                CheckCode.TRUNCATED,
                framed(tar -> cut(usual(tar), 3)),
                framed(tar -> cut(usual(tar), 100)),
                framed(tar -> Arrays.copyOf(usual(tar), 5)),
                framed(tar -> Arrays.copyOf(usual(tar), 9)));
        add(all, CheckCode.END_MARK_MISSING, framed(tar -> cut(usual(tar), 8)));
        add(all, CheckCode.CONTENT_CHECKSUM_WRONG, framed(tar -> changed(usual(tar), 1)));
        add(all, CheckCode.TRAILING_DATA, framed(tar -> joined(usual(tar), new byte[] {0})));
        add(all, CheckCode.LINKED_BLOCKS, framed(tar -> frame(tar, 0x44, 0x70)));
        add(all, CheckCode.CONTENT_SIZE_WRONG, framed(tar -> {
            byte[] frame = frame(tar, 0x6c, 0x70);
            frame[6]++;
            frame[14] = (byte) (new Compressor().hash32().hash(frame, 4, 10, 0) >>> 8);
            return frame;
        }));
        add(all, CheckCode.LEGACY_FRAME, framed(ArtifactCheckTest::legacy));
        add(all, CheckCode.SKIPPABLE_FRAME_FIRST, framed(tar -> joined(skippable(), usual(tar))));
        add(all, CheckCode.CONTENT_CHECKSUM_MISSING, framed(tar -> frame(tar, 0x60, 0x70)));

        add(all, CheckCode.MD5_MISSING, files(location -> Files.delete(location.md5File())));
        add(
                all,
                CheckCode.MD5_FORM,
                files(location -> Files.writeString(
                        location.md5File(), Files.readString(location.md5File()).substring(0, 32) + "\n")),
                files(location -> Files.writeString(
                        location.md5File(), Files.readString(location.md5File()).replaceFirst("^", " "))),
                files(location -> Files.writeString(location.md5File(), "")));
        add(
                all,
                CheckCode.MD5_MISMATCH,
                files(location -> Files.writeString(location.md5File(), "0".repeat(32) + "  img.tar.lz4\n")));
        add(all, CheckCode.SHA256_MISSING, files(location -> Files.delete(location.sha256File())));
        add(
                all,
                CheckCode.SHA256_MISMATCH,
                files(location -> Files.writeString(location.sha256File(), "0".repeat(64) + "  img.tar.lz4\n")),
                files(location -> Files.writeString(location.sha256File(), "no hash\n")));
        add(all, CheckCode.PACKAGES_MISSING, files(location -> Files.delete(location.packages())));
        add(all, CheckCode.PACKAGES_EMPTY, files(location -> Files.writeString(location.packages(), "")));
        add(
                all,
                CheckCode.PACKAGES_MISMATCH,
                files(location -> Files.writeString(
                        location.packages(), SampleImage.PACKAGES.replaceAll("(?m)^ii  libc6.*\n", ""))),
                files(location ->
                        Files.writeString(location.packages(), SampleImage.PACKAGES + "ii  more  1.0  amd64  More\n")));
    }

    private static byte[] legacy(byte[] tar) {
        Block block = new Block(new Compressor().mostCompressed(Lz4Frame.LARGEST_BLOCK));
        System.arraycopy(tar, 0, block.content, 0, tar.length);
        block.length = tar.length;
        new Compressor().compress(block);
        block.seal();
        byte[] bytes = new byte[block.frameBytes().remaining()];
        block.frameBytes().get(bytes);
        return joined(word(0x184C2102), bytes);
    }

    private static void tars(Map<CheckCode, List<Maker>> all) {
        add(
                all,
                CheckCode.TAR_CORRUPT,
                framed(tar -> {
                    byte[] copy = tar.clone();
                    copy[512] ^= 1;
                    return usual(copy);
                }),
                image(good().endingWith(joined(new byte[512], "x".repeat(512).getBytes(StandardCharsets.US_ASCII)))),
                image(good().raw("x", extended("5 a=b\n"), new byte[0])),
                image(good().raw("x", extended("9 size=x\n"), new byte[0]).file("etc/next", "x", 0644)));
        add(
                all,
                CheckCode.TAR_END_MISSING,
                image(good().endingWith(new byte[0])),
                image(good().endingWith(new byte[512])),
                framed(tar -> usual(Arrays.copyOf(tar, tar.length - 1024 - 100))));
        add(
                all,
                CheckCode.TAR_TRAILING_DATA,
                image(good().endingWith(joined(new byte[1024], new byte[9216], new byte[] {1}))));
        add(
                all,
                CheckCode.HARD_LINK_TARGET,
                image(good().hardLink("etc/a", "etc/b").file("etc/b", "x", 0644)),
                image(good().hardLink("etc/a", "usr")));
        add(
                all,
                CheckCode.DUPLICATE_ENTRY,
                image(good().symbolicLink("sbin", "usr/sbin")),
                image(good().file("etc/passwd", "root:x:0:0::/root:/bin/sh\n", 0644)),
                image(good().file("etc", "a file now", 0644)),
                image(good().hardLink("etc/passwd", "etc/group")));
        add(
                all,
                CheckCode.DEVICE_OR_PIPE,
                image(good().typed("etc/device", '3')),
                image(good().typed("etc/device", '4')),
                image(good().typed("etc/device", '6')));
        add(all, CheckCode.UNKNOWN_TYPE, image(good().typed("etc/x", '7')), image(good().typed("etc/x", 'V')));
        add(
                all,
                CheckCode.SPARSE_FILE,
                image(good().typed("etc/x", 'S')),
                image(good().raw("x", extended("22 GNU.sparse.major=1\n"), new byte[0])
                        .file("etc/x", "x", 0644)));
        add(
                all,
                CheckCode.PATH_ESCAPES,
                image(good().file("/etc/x", "x", 0644)),
                image(good().file("etc/../../x", "x", 0644)),
                image(good().hardLink("etc/x", "../etc/passwd")));
        add(all, CheckCode.PATH_THROUGH_LINK, image(good().file("sbin/x", "x", 0644)));
        add(all, CheckCode.PARENT_NO_DIRECTORY, image(good().file("etc/passwd/x", "x", 0644)));
    }

    /** A pax header, whose records may be wrong. */
    private static byte[] extended(String records) {
        byte[] bytes = records.getBytes(StandardCharsets.UTF_8);
        byte[] header = TarHeader.encode(
                new TarEntry(TarEntry.Type.FILE, "pax", 0644, 0, 0, 0, bytes.length, "", new TreeMap<>()));
        header[156] = 'x';
        return joined(SampleImage.summed(header), bytes, new byte[TarHeader.padding(bytes.length)]);
    }

    private static void images(Map<CheckCode, List<Maker>> all) {
        add(
                all,
                CheckCode.OS_RELEASE_MISSING,
                image(good().without("usr/lib/os-release")),
                image(good().without("usr/lib/os-release").file("usr/lib/os-release", "NAME=x\n", 0644)));
        add(
                all,
                CheckCode.OS_RELEASE_UNKNOWN,
                image(good().without("usr/lib/os-release").file("usr/lib/os-release", "ID=\"gentoo\"\n", 0644)));
        add(all, CheckCode.KERNEL_MISSING, image(good().without("boot/System.map-" + KERNEL)));
        add(
                all,
                CheckCode.SEVERAL_KERNELS,
                image(good().file("boot/System.map-2", "x", 0644)
                        .file("boot/vmlinuz-2", "x", 0644)
                        .file("boot/initrd.img-2", "x", 0644)
                        .file("usr/lib/modules/2/modules.dep", "x", 0644)));
        add(
                all,
                CheckCode.KERNEL_IMAGE_MISSING,
                image(good().without("boot/vmlinuz-" + KERNEL)),
                image(good().without("boot/vmlinuz-" + KERNEL)
                        .symbolicLink("boot/vmlinuz-" + KERNEL, "../install.sh")));
        add(
                all,
                CheckCode.INITRAMFS_MISSING,
                image(good().without("boot/initrd.img-" + KERNEL)),
                image(good().without("boot/initrd.img-" + KERNEL).file("boot/initrd.img-" + KERNEL, "", 0644)),
                image(almaLinux().without("boot/initramfs-" + KERNEL + ".img")));
        add(all, CheckCode.MODULES_MISSING, image(good().without("usr/lib/modules/" + KERNEL + "/modules.dep")));
        add(all, CheckCode.STRAY_KERNEL_FILE, image(good().file("boot/vmlinuz-2", "x", 0644)));
        add(
                all,
                CheckCode.INIT_MISSING,
                image(good().without("usr/sbin/init")),
                image(good().without("usr/lib/systemd/systemd").file("usr/lib/systemd/systemd", "init", 0644)));
        add(all, CheckCode.INSTALLER_MISSING, image(good().without("install.sh")));
        add(all, CheckCode.INSTALLER_NOT_EXECUTABLE, image(good().file("install-go", "x", 0644)));
        add(all, CheckCode.BROKEN_BOOT_LINK, image(good().symbolicLink("vmlinuz.old", "boot/vmlinuz-1")));
        add(
                all,
                CheckCode.BOOT_LOADER_MISSING,
                Stream.of("BOOT/BOOTX64.EFI", "almalinux/shimx64.efi", "almalinux/grubx64.efi")
                        .map(loader -> image(almaLinux().without("boot/efi/EFI/" + loader)))
                        .toArray(Maker[]::new));
        add(
                all,
                CheckCode.NETWORK_OFF,
                image(good().without(NETWORK_ENABLED)),
                image(good().without("usr/lib/systemd/system/systemd-networkd.service")),
                image(good().symbolicLink("etc/systemd/system/systemd-networkd.service", "/dev/null")));
        add(
                all,
                CheckCode.LABELS_WANTED,
                image(almaLinux().file("etc/selinux/config", "# what is enforced\nSELINUX=enforcing\n", 0644)),
                image(almaLinux().file(".autorelabel", "", 0644)));
        add(
                all,
                CheckCode.NOT_SHIPPABLE,
                Stream.of("dev/null", "proc/x", "sys/x", "tmp/x/y/z", "run/x")
                        .map(path -> image(good().file(path, "x", 0644)))
                        .toArray(Maker[]::new));
        add(
                all,
                CheckCode.MACHINE_STATE,
                Stream.of(
                                "etc/ssh/ssh_host_ed25519_key",
                                "etc/machine-id",
                                "etc/nvme/hostid",
                                "etc/nvme/hostnqn",
                                "var/lib/systemd/random-seed",
                                "var/lib/dbus/machine-id")
                        .map(path -> image(good().file(path, "x", 0644)))
                        .toArray(Maker[]::new));
        add(all, CheckCode.BUILDER_RESOLVER, image(good().file("etc/resolv.conf", "nameserver 10.0.0.1\n", 0644)));
        add(all, CheckCode.CONTAINER_MARK, image(good().file(".dockerenv", "", 0644)));
        add(all, CheckCode.BUILD_LEFTOVER, image(good().file("var/log/dpkg.log", "x", 0644)));
    }

    private static void losses(Map<CheckCode, List<Maker>> all) {
        add(
                all,
                CheckCode.OWNER_LOST,
                image(good().file("etc/x", "x", 0644, 88, 77, new TreeMap<>())),
                image(good().directory("var/x", 0755, 0, 77)),
                image(good().file("etc/x", "x", 0644, 88, 77, new TreeMap<>())
                        .file("usr/lib/tmpfiles.d/x.conf", "z /etc/x - unknown some\n", 0644)),
                image(good().file("etc/x", "x", 0644, 88, 77, new TreeMap<>())
                        .file("usr/lib/tmpfiles.d/x.conf", "z /etc/x - some some\n", 0644)
                        .symbolicLink("etc/tmpfiles.d/x.conf", "/dev/null")));
        add(
                all,
                CheckCode.MODE_LOST,
                image(good().directory("var/x", 01777, 0, 0)),
                image(good().directory("var/x", 0700, 0, 0)
                        .file("usr/lib/tmpfiles.d/x.conf", "d /var/x :0700 - -\n", 0644)));
        add(
                all,
                CheckCode.CAPABILITY_LOST,
                image(good().file("usr/bin/x", "x", 0755, 0, 0, CAPABILITY)),
                image(good().file("usr/bin/ping", "x", 0755, 0, 0, CAPABILITY)));
        add(
                all,
                CheckCode.ATTRIBUTE_LOST,
                image(good().file("etc/x", "x", 0644, 0, 0, new TreeMap<>(Map.of("user.x", new byte[] {1})))));
    }

    private static CheckReport check(ArtifactLocation location) throws InterruptedException {
        return new ArtifactCheck().check(location, CheckProgress.SILENT);
    }

    private Path fresh() {
        return directory.resolve("image-" + images++);
    }

    @Test
    void findsNothingWrongInGoodImage() throws Exception {
        CheckReport report = check(good().write(fresh()));
        assertThat(report.findings()).isEmpty();
        assertThat(report.losses()).isEmpty();
        assertThat(report.entries()).isEqualTo(24);
        assertThat(report.tarBytes()).isEqualTo(good().tar().length);
    }

    @Test
    void imageOfRedHatsFamilyIsFineAsItIs() throws Exception {
        SampleImage image = almaLinux().file("etc/selinux/config", "# not enforcing\nSELINUX=permissive\n", 0644);
        assertThat(check(image.write(fresh())).findings()).isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> reportsEachBreachByItsCode() {
        List<DynamicTest> tests = new ArrayList<>();
        BREACHES.forEach((code, makers) -> {
            for (Maker maker : makers) {
                tests.add(DynamicTest.dynamicTest(
                        code.id() + " " + code.title(),
                        () -> assertThat(check(maker.make(fresh())).findings())
                                .extracting(Finding::code)
                                .containsOnly(code)));
            }
        });
        return tests.stream();
    }

    /** All but those that need tarballs as {@link HostileTarballTest} has them. */
    @Test
    void everyCodeIsBreachedHere() {
        assertThat(BREACHES.keySet())
                .containsAll(Arrays.stream(CheckCode.values())
                        .filter(code -> !ELSEWHERE.contains(code))
                        .toList());
        assertThat(Arrays.stream(CheckCode.values()).map(CheckCode::id).distinct())
                .hasSize(CheckCode.values().length);
    }

    @Test
    void damageIsAlwaysFindingAndNeverMore() throws Exception {
        long seed = 4711;
        Random random = new Random(seed);
        byte[] tarball = Files.readAllBytes(good().write(fresh()).tarball());
        byte[] tar = good().tar();
        for (int round = 0; round < 400; round++) {
            byte[] bytes = (round % 2 == 0 ? tarball : tar).clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(3) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            byte[] damaged = round % 2 == 0 ? bytes : frame(bytes, 0x64, 0x70);
            ArtifactLocation location = good().framed(plain -> damaged).write(directory.resolve("damaged"));
            assertThat(check(location).entries())
                    .as("seed %d, round %d", seed, round)
                    .isNotNegative();
        }
    }

    @Test
    void tmpfilesAndInstallerGiveBack() throws Exception {
        SampleImage image = good().file("etc/one", "x", 0640, 88, 77, new TreeMap<>())
                .file("etc/.hidden", "x", 0644)
                .directory("var/tmp", 01777, 0, 0)
                .directory("var/deep", 0750, 88, 0)
                .file("var/deep/file", "x", 0600, 88, 0, new TreeMap<>())
                .file("usr/bin/ping", "x", 0755, 0, 0, CAPABILITY)
                .file("usr/lib/sysctl.d/50-default.conf", "-net.ipv4.ping_group_range = 0 2147483647\n", 0644)
                .file("usr/lib/tmpfiles.d/a.conf", "# comment\nz /etc/o*e - some some\n", 0644)
                .file("usr/lib/tmpfiles.d/b.conf", "Z /var/deep ~0750 88 -\n", 0644);
        CheckReport report = check(image.write(fresh()));
        assertThat(report.findings()).isEmpty();
        assertThat(report.losses())
                .containsExactly(
                        new Loss(
                                "/etc/one",
                                Loss.Aspect.OWNER,
                                "88:77",
                                "0:0",
                                Optional.of("/usr/lib/tmpfiles.d/a.conf:2")),
                        new Loss(
                                "/usr/bin/ping",
                                Loss.Aspect.CAPABILITY,
                                "cap_net_raw=ep",
                                "",
                                Optional.of("/usr/lib/sysctl.d/50-default.conf:1")),
                        new Loss(
                                "/var/deep",
                                Loss.Aspect.OWNER,
                                "88:0",
                                "0:0",
                                Optional.of("/usr/lib/tmpfiles.d/b.conf:1")),
                        new Loss(
                                "/var/deep",
                                Loss.Aspect.MODE,
                                "0750",
                                "0755",
                                Optional.of("/usr/lib/tmpfiles.d/b.conf:1")),
                        new Loss(
                                "/var/deep/file",
                                Loss.Aspect.OWNER,
                                "88:0",
                                "0:0",
                                Optional.of("/usr/lib/tmpfiles.d/b.conf:1")),
                        new Loss("/var/tmp", Loss.Aspect.MODE, "1777", "0755", Optional.of("the installer")));
    }

    /** What an export finds on its way is what a check finds in the file. */
    @Test
    void bothFrontEndsAgree() throws Exception {
        Host.assumeRoot("give files away");
        SampleTree tree = SampleTree.ofEverything(directory.resolve("root"));
        tree.file("boot/System.map-1", "x");
        tree.file("boot/System.map-2", "x");
        tree.file("usr/lib/os-release", "ID=else\n");
        Files.createSymbolicLink(directory.resolve("root/etc/os-release"), Path.of("../usr/lib/os-release"));
        Artifact artifact = new ArtifactExporter(tree.options(directory.resolve("cache")))
                .export(tree.root(), directory.resolve("out"), ExportProgress.SILENT);
        CheckReport readBack = check(ArtifactLocation.in(directory.resolve("out")));
        assertThat(artifact.check()).isEqualTo(readBack);
        assertThat(readBack.errors()).extracting(Finding::code).contains(CheckCode.SEVERAL_KERNELS);
        assertThat(readBack.losses()).isNotEmpty();
        assertThat(readBack.entries()).isEqualTo(artifact.entries());
    }

    @Test
    void missingFileIsFault() {
        assertThatThrownBy(() -> check(ArtifactLocation.in(directory.resolve("nowhere"))))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void memoryStaysFlat() throws Exception {
        SampleImage image = good();
        String content = "0123456789abcdef".repeat(1 << 16);
        for (int file = 0; file < 100; file++) {
            image.file("usr/lib/large-" + file, content, 0644);
        }
        ArtifactLocation location = image.write(fresh());
        Command.Outcome outcome = Command.run(
                Map.of(),
                Command.java(
                        CheckProcess.class,
                        List.of("-Xmx40m", "-XX:MaxDirectMemorySize=8m"),
                        List.of(location.tarball().toString())));
        assertThat(outcome.output().strip()).isEqualTo("124 entries, 0 findings");
    }
}
