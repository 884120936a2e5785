package io.metalimages.artifact.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.export.ExportProcess;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {

    @TempDir
    private Path directory;

    private SampleTree tree;

    @BeforeEach
    void makeTree() throws Exception {
        tree = new SampleTree(directory.resolve("root"));
    }

    private FileTree walk() throws InterruptedException {
        return FileTree.walk(tree.root(), SampleTree.TIMES, false);
    }

    private List<String> paths() throws InterruptedException {
        return walk().entries().stream().map(TarEntry::path).toList();
    }

    private TarEntry entry(String path) throws InterruptedException {
        return walk().entries().stream()
                .filter(candidate -> candidate.path().equals(path))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void putsDirectoriesFirstAndSortsByBytes() throws Exception {
        for (String path : List.of("b/x", "a/z", "a-b", "a.b/y", "Z", "é", "\uFFEE", "😀")) {
            tree.file(path, path);
        }

        assertThat(paths()).containsExactly("a", "a.b", "b", "Z", "a-b", "a.b/y", "a/z", "b/x", "é", "\uFFEE", "😀");
    }

    @Test
    void theFirstPathOfAnInodeIsTheTargetOfTheOthers() throws Exception {
        Path file = tree.file("m", "content");
        Files.createLink(tree.root().resolve("z"), file);
        Files.createLink(tree.directory("d").resolve("x"), file);

        List<TarEntry> entries = walk().entries();

        assertThat(entries.stream().map(TarEntry::path)).containsExactly("d", "d/x", "m", "z");
        assertThat(entries.stream().map(TarEntry::type))
                .containsExactly(
                        TarEntry.Type.DIRECTORY, TarEntry.Type.FILE, TarEntry.Type.HARD_LINK, TarEntry.Type.HARD_LINK);
        assertThat(entries.stream().map(TarEntry::linkTarget)).containsExactly("", "", "d/x", "d/x");
    }

    @Test
    void aHardLinkToSomethingLeftOutIsAFile() throws Exception {
        Path file = tree.file("var/log/dpkg.log", "log");
        Files.createLink(tree.directory("zz").resolve("copy"), file);

        assertThat(entry("zz/copy").type()).isEqualTo(TarEntry.Type.FILE);
        assertThat(entry("zz/copy").size()).isEqualTo(3);
    }

    @Test
    void clampsTimesToWholeSecondsBetween1970AndTheEpoch() throws Exception {
        Instant between = SampleTree.EPOCH.minusSeconds(10);
        Files.setLastModifiedTime(tree.file("old", ""), FileTime.from(Instant.ofEpochSecond(-5)));
        Files.setLastModifiedTime(tree.file("between", ""), FileTime.from(between.plusMillis(999)));
        Files.setLastModifiedTime(tree.file("new", ""), FileTime.from(SampleTree.EPOCH.plusSeconds(1)));

        assertThat(entry("old").modified()).isZero();
        assertThat(entry("between").modified()).isEqualTo(between.getEpochSecond());
        assertThat(entry("new").modified()).isEqualTo(SampleTree.EPOCH.getEpochSecond());
    }

    @Test
    void whatTheBuildMadeIsAsOldAsTheEpochEvenIfItIsOlder() throws Exception {
        Instant begun = SampleTree.EPOCH.minusSeconds(1000);
        Files.setLastModifiedTime(tree.file("shipped", ""), FileTime.from(begun.minusSeconds(1)));
        Files.setLastModifiedTime(tree.file("built", ""), FileTime.from(begun.plusSeconds(1)));

        Map<String, Long> times =
                FileTree.walk(tree.root(), new ModificationTimes(SampleTree.EPOCH, begun), false).entries().stream()
                        .collect(Collectors.toMap(TarEntry::path, TarEntry::modified));
        assertThat(times)
                .containsEntry("shipped", begun.minusSeconds(1).getEpochSecond())
                .containsEntry("built", SampleTree.EPOCH.getEpochSecond());
    }

    @Test
    void knowsTheSizeOfTheTarBeforehand() throws Exception {
        tree.file("etc/x", new byte[1000]);
        tree.file("n".repeat(200), new byte[1]);

        // etc, etc/x with two blocks, the long name with extended header and record, one block of content, the end.
        assertThat(walk().tarBytes()).isEqualTo(512 + (512 + 1024) + (3 * 512 + 512) + 1024);
    }

    @Test
    void leavesASocketOutAndSaysSo() throws Exception {
        tree.file("var/x", "");
        // A path relative to the root would be shorter, but a socket's address has room for 108 bytes only.
        Path socket = Files.createTempDirectory("s").resolve("s");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(socket));
            Command.succeed(
                    "mv", socket.toString(), tree.root().resolve("var/socket").toString());

            assertThat(paths()).containsExactly("var", "var/x");
            assertThat(walk().notes()).singleElement().asString().contains("/var/socket is a socket");
        } finally {
            Files.deleteIfExists(socket);
            Files.deleteIfExists(socket.getParent());
        }
    }

    @Test
    void refusesANamedPipe() throws Exception {
        Command.succeed("mkfifo", tree.directory("var").resolve("pipe").toString());

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(this::walk)
                .withMessageContaining("/var/pipe, which is a named pipe")
                .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK))
                .satisfies(fault -> assertThat(fault.remedy()).isPresent());
    }

    @Test
    void refusesADeviceButNotBelowDev() throws Exception {
        Host.assumeRoot("make devices");
        Command.succeed("mknod", tree.directory("dev").resolve("null").toString(), "c", "1", "3");
        assertThat(paths()).containsExactly("dev");

        Command.succeed("mknod", tree.directory("var").resolve("null").toString(), "c", "1", "3");
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(this::walk)
                .withMessageContaining("/var/null, which is a device");
    }

    @Test
    void refusesANameThatIsNotUtf8() throws Exception {
        Command.succeed(
                "sh", "-c", "touch \"$0/$(printf 'bad\\377name')\"", tree.root().toString());

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(this::walk)
                .withMessageContaining("is not UTF-8")
                .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK));
    }

    @Test
    void refusesALinkTargetThatIsNotUtf8() throws Exception {
        Command.succeed(
                "sh",
                "-c",
                "ln -s \"$(printf 'to/bad\\377name')\" \"$0/link\"",
                tree.root().toString());

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(this::walk)
                .withMessageContaining("The target of the symbolic link /link is not UTF-8");
    }

    @Test
    void readsNamesAsUtf8WhateverTheLocale() throws Exception {
        tree.file("größe", "");

        assertThat(exported("C")).isEqualTo(exported("C.UTF-8"));
    }

    private byte[] exported(String locale) throws Exception {
        Path out = directory.resolve("out-" + locale);
        Command.Outcome outcome = Command.run(
                Map.of("LC_ALL", locale),
                Command.java(
                        ExportProcess.class,
                        List.of(),
                        List.of(
                                tree.root().toString(),
                                out.toString(),
                                directory.resolve("cache").toString(),
                                "1")));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        return Files.readAllBytes(out.resolve("img.tar.lz4"));
    }

    @Test
    void dropsTheAttributesOfOverlayfsAndOfTheHost() throws Exception {
        Host.assumeRoot("write attributes outside user.*");
        Path file = tree.file("x", "");
        ExtendedAttributes.write(file, "trusted.overlay.origin", new byte[] {1});
        ExtendedAttributes.write(file, "user.overlay.opaque", new byte[] {'y'});
        ExtendedAttributes.write(file, "user.kept", new byte[] {0, 1});

        assertThat(entry("x").attributes()).containsOnlyKeys("user.kept");
    }

    @Test
    void saysWhichDirectoryIsMissing() {
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> FileTree.walk(directory.resolve("nowhere"), SampleTree.TIMES, false))
                .withMessageContaining("nowhere does not exist");
    }
}
