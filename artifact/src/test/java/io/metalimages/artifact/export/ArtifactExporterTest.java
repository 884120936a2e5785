package io.metalimages.artifact.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.FileTree;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.common.Digests;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactExporterTest {

    private static final List<String> FILES =
            List.of("img.tar.lz4", "img.tar.lz4.md5", "img.tar.lz4.sha256", "packages.txt");

    @TempDir
    private Path directory;

    private Path output;
    private Path cache;

    @BeforeEach
    void choosePlaces() {
        output = directory.resolve("out");
        cache = directory.resolve("cache");
    }

    private Artifact export(SampleTree tree) throws InterruptedException {
        return new ArtifactExporter(tree.options(cache)).export(tree.root(), output, ExportProgress.SILENT);
    }

    private Artifact export(SampleTree tree, SidecarFiles sidecars) throws InterruptedException {
        return new ArtifactExporter(tree.options(cache)).export(tree.root(), output, sidecars, ExportProgress.SILENT);
    }

    private static SidecarFiles telling(String name) {
        return (written, sha256) -> Files.writeString(
                written.sidecar(name), sha256 + written.files().keySet());
    }

    @Test
    void whatTellsOfAnArtifactGetsItsNameWithIt() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("tree"));
        Artifact artifact = export(tree, telling(ArtifactLocation.PROVENANCE));
        assertThat(artifact.sidecars()).containsExactly(output.resolve(ArtifactLocation.PROVENANCE));
        assertThat(artifact.sidecars().getFirst()).hasContent(artifact.sha256() + FILES);
    }

    @Test
    void whatToldOfAnEarlierArtifactIsRemoved() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("tree"));
        export(tree, telling(ArtifactLocation.CYCLONEDX));
        Files.writeString(output.resolve(ArtifactLocation.SIGNATURE), "signed");
        export(tree, telling(ArtifactLocation.PROVENANCE));
        assertThat(contents(output).keySet()).contains(ArtifactLocation.PROVENANCE);
        assertThat(contents(output)).doesNotContainKeys(ArtifactLocation.CYCLONEDX, ArtifactLocation.SIGNATURE);
    }

    @Test
    void anEarlierArtifactStaysIfNothingCanTellOfTheNew() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("tree"));
        export(tree, telling(ArtifactLocation.PROVENANCE));
        Files.writeString(output.resolve(ArtifactLocation.SIGNATURE), "signed");
        Map<String, String> before = contents(output);
        assertThatThrownBy(() -> export(tree, (written, sha256) -> {
                    throw new IOException("no room");
                }))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("no room");
        assertThat(contents(output)).isEqualTo(before);
    }

    /** The tar inside an artifact, as the lz4 program unpacks it. */
    private Path tarOf(Artifact artifact) throws Exception {
        Host.assumeInstalled("lz4", "lz4");
        Path tar = directory.resolve("img.tar");
        Command.succeed("lz4", "-d", "-f", "-q", artifact.tarball().toString(), tar.toString());
        return tar;
    }

    private static Map<String, String> contents(Path directory) throws IOException {
        Map<String, String> contents = new HashMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                contents.put(
                        file.getFileName().toString(),
                        HexFormat.of().formatHex(Digests.md5().digest(Files.readAllBytes(file))));
            }
        }
        return contents;
    }

    private static List<String> names(FileTree tree) {
        return tree.entries().stream()
                .map(entry -> entry.type() == TarEntry.Type.DIRECTORY ? entry.path() + "/" : entry.path())
                .toList();
    }

    private SampleTree everything() throws Exception {
        Host.assumeRoot("make the files of an image");
        return SampleTree.ofEverything(directory.resolve("root"));
    }

    @Test
    void isOneFrameOfIndependentBlocksWithoutBlockChecksumsOrDictionary() throws Exception {
        Artifact artifact = export(everything());
        ByteBuffer frame =
                ByteBuffer.wrap(Files.readAllBytes(artifact.tarball())).order(ByteOrder.LITTLE_ENDIAN);

        assertThat(frame.getInt()).isEqualTo(0x184D2204);
        int flags = frame.get();
        assertThat(flags >>> 6).as("version").isEqualTo(1);
        assertThat(flags & 0b100000).as("independent blocks").isNotZero();
        assertThat(flags & 0b010000).as("block checksum").isZero();
        assertThat(flags & 0b001000).as("content size").isZero();
        assertThat(flags & 0b000100).as("content checksum").isNotZero();
        assertThat(flags & 0b000010).as("reserved").isZero();
        assertThat(flags & 0b000001).as("dictionary").isZero();
        assertThat(frame.get()).as("4 MiB blocks").isEqualTo((byte) 0x70);
        frame.get(); // the header's checksum, which lz4 -t verifies
        int blocks = 0;
        for (int size = frame.getInt(); size != 0; size = frame.getInt()) {
            frame.position(frame.position() + (size & 0x7fff_ffff));
            blocks++;
        }
        assertThat(blocks).isEqualTo(artifact.blocks());
        assertThat(frame.remaining())
                .as("the content's checksum and nothing else")
                .isEqualTo(4);
        Host.assumeInstalled("lz4", "lz4");
        Command.succeed("lz4", "-t", artifact.tarball().toString());
    }

    @Test
    void theSumsAreThoseOfTheFile() throws Exception {
        Artifact artifact = export(everything());

        assertThat(artifact.md5File()).hasContent(artifact.md5() + "  img.tar.lz4\n");
        assertThat(artifact.sha256File()).hasContent(artifact.sha256() + "  img.tar.lz4\n");
        assertThat(Files.size(artifact.tarball())).isEqualTo(artifact.tarballBytes());
        Command.succeed("sh", "-c", "cd \"$0\" && md5sum -c *.md5 && sha256sum -c *.sha256", output.toString());
    }

    @Test
    void gnuTarReadsTheSameEntries() throws Exception {
        SampleTree tree = everything();
        Path tar = tarOf(export(tree));

        assertThat(Command.succeed("tar", "--quoting-style=literal", "-tf", tar.toString())
                        .lines())
                .containsExactlyElementsOf(names(FileTree.walk(tree.root(), SampleTree.TIMES, false)));
    }

    @Test
    void bsdtarReadsTheSameEntries() throws Exception {
        Host.assumeInstalled("bsdtar", "libarchive-tools");
        SampleTree tree = everything();
        Path tar = tarOf(export(tree));

        assertThat(Command.succeed("bsdtar", "-tf", tar.toString()).lines().map(line -> line.replace("\\t", "\t")))
                .containsExactlyElementsOf(names(FileTree.walk(tree.root(), SampleTree.TIMES, false)));
    }

    @Test
    void pythonReadsTheSameEntries() throws Exception {
        Host.assumeInstalled("python3", "python3");
        SampleTree tree = everything();
        Path tar = tarOf(export(tree));
        String script = """
                import sys, tarfile
                for entry in tarfile.open(sys.argv[1]):
                    print(entry.name + ("/" if entry.isdir() else ""))
                """;

        assertThat(Command.succeed("python3", "-X", "utf8", "-c", script, tar.toString())
                        .lines())
                .containsExactlyElementsOf(names(FileTree.walk(tree.root(), SampleTree.TIMES, false)));
    }

    @Test
    void commonsCompressReadsTheSameMetadata() throws Exception {
        SampleTree tree = everything();
        Path tar = tarOf(export(tree));
        try (TarArchiveInputStream parsed = new TarArchiveInputStream(Files.newInputStream(tar), "UTF-8")) {
            for (TarEntry entry :
                    FileTree.walk(tree.root(), SampleTree.TIMES, false).entries()) {
                TarArchiveEntry got = parsed.getNextEntry();
                assertThat(got.getMode() & 07777).as(entry.path()).isEqualTo(entry.mode());
                assertThat(got.getLongUserId()).isEqualTo(entry.owner());
                assertThat(got.getLongGroupId()).isEqualTo(entry.group());
                assertThat(got.getSize()).isEqualTo(entry.size());
                assertThat(got.getLinkName()).isEqualTo(entry.linkTarget());
                assertThat(got.getLastModifiedTime().toInstant()).isEqualTo(Instant.ofEpochSecond(entry.modified()));
                assertThat(got.isSparse()).isFalse();
                if (entry.type() == TarEntry.Type.FILE) {
                    assertThat(Arrays.equals(
                                    parsed.readAllBytes(),
                                    Files.readAllBytes(tree.root().resolve(entry.path()))))
                            .as("content of %s", entry.path())
                            .isTrue();
                }
            }
            assertThat((Object) parsed.getNextEntry()).isNull();
        }
    }

    @Test
    void unpackingGivesTheTreeBackWithCapabilitiesAndWithoutMountPointsContents() throws Exception {
        SampleTree tree = everything();
        Path tar = tarOf(export(tree));
        Path unpacked = Files.createDirectories(directory.resolve("unpacked"));
        Command.succeed(
                "tar",
                "--numeric-owner",
                "--xattrs",
                "--xattrs-include=*",
                "-xpf",
                tar.toString(),
                "-C",
                unpacked.toString());

        assertThat(ExtendedAttributes.read(unpacked.resolve("etc/zz-link-to-ping")))
                .hasEntrySatisfying(
                        "security.capability", value -> assertThat(value).isEqualTo(SampleTree.CAPABILITY));
        assertThat(unpacked.resolve("tmp")).isEmptyDirectory();
        assertThat(unpacked.resolve("dev")).isEmptyDirectory();
        List<TarEntry> before =
                FileTree.walk(tree.root(), SampleTree.TIMES, false).entries();
        List<TarEntry> after = FileTree.walk(unpacked, SampleTree.TIMES, false).entries();
        assertThat(after).usingRecursiveFieldByFieldElementComparator().containsExactlyElementsOf(before);
    }

    @Test
    void theSameTreeGivesTheSameBytesOnAnyNumberOfThreads() throws Exception {
        SampleTree tree = everything();
        String expected = export(tree).md5();
        for (int threads : new int[] {1, 3, 8}) {
            ExportOptions options =
                    new ExportOptions(SampleTree.TIMES, new BlockCache(directory.resolve("cache" + threads)), threads);

            Artifact artifact = new ArtifactExporter(options).export(tree.root(), output, ExportProgress.SILENT);

            assertThat(artifact.md5()).as("%d threads", threads).isEqualTo(expected);
            assertThat(artifact.blocksFromCache()).isZero();
        }
    }

    @Test
    void compressesNothingTwice() throws Exception {
        SampleTree tree = everything();
        Artifact first = export(tree);
        Artifact second = export(tree);

        assertThat(first.blocksFromCache()).isZero();
        assertThat(second.blocksFromCache()).isEqualTo(second.blocks()).isEqualTo(first.blocks());
        assertThat(second.sha256()).isEqualTo(first.sha256());
    }

    @Test
    void aChangedFileChangesFewBlocks() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        for (int i = 0; i < 1500; i++) {
            tree.file("usr/lib/" + Integer.toString(i * 7919, 36) + "/file", SampleTree.text(10_000, i));
        }
        Artifact first = export(tree);
        tree.file("usr/lib/0/file", "now it is shorter");
        Artifact second = export(tree);

        assertThat(first.blocks()).isGreaterThan(15);
        assertThat(second.blocks() - second.blocksFromCache()).isBetween(1, 3);
    }

    @Test
    void precompressesATreeThatChangesMeanwhile() throws Exception {
        SampleTree tree = everything();
        ArtifactExporter exporter = new ArtifactExporter(tree.options(directory.resolve("live-cache")));
        AtomicBoolean done = new AtomicBoolean();
        Thread changing = Thread.ofPlatform().start(() -> {
            for (int round = 0; !done.get(); round++) {
                Path file = tree.root().resolve("moving" + round % 50);
                try {
                    Files.deleteIfExists(file);
                    Files.write(file, new byte[(round * 7919) % 300_000]);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                // Compressing ahead gets only what others leave of the processors.
                LockSupport.parkNanos(1_000_000);
            }
        });
        for (int pass = 0; pass < 5; pass++) {
            assertThat(exporter.precompress(tree.root()).blocks()).isPositive();
        }
        done.set(true);
        changing.join();

        Artifact artifact = exporter.export(tree.root(), directory.resolve("live"), ExportProgress.SILENT);
        assertThat(artifact.blocksFromCache()).isPositive();
    }

    @Test
    void precompressedBlocksAreFoundByTheExport() throws Exception {
        SampleTree tree = everything();
        ArtifactExporter exporter = new ArtifactExporter(tree.options(cache));

        Precompression ahead = exporter.precompress(tree.root());
        Artifact artifact = exporter.export(tree.root(), output, ExportProgress.SILENT);

        assertThat(ahead.blocksFromCache()).isZero();
        assertThat(ahead.blocks()).isEqualTo(artifact.blocks()).isEqualTo(artifact.blocksFromCache());
        assertThat(ahead.tarBytes()).isEqualTo(artifact.tarBytes());
    }

    @Test
    void aCancelledPrecompressionStopsAndLeavesOnlyWholeBlocks() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        for (int i = 0; i < 20; i++) {
            tree.file("file" + i, SampleTree.text(700_000, i));
        }
        ArtifactExporter exporter = new ArtifactExporter(tree.options(cache));
        AtomicReference<Object> outcome = new AtomicReference<>("none");
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                outcome.set(exporter.precompress(tree.root()));
            } catch (InterruptedException e) {
                outcome.set(e);
            }
        });
        while (thread.isAlive() && blocksIn(cache) == 0) {
            Thread.sleep(1);
        }
        thread.interrupt();
        thread.join();

        assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
        int kept = blocksIn(cache);
        Precompression rest = exporter.precompress(tree.root());
        assertThat(kept).isBetween(1, rest.blocks() - 1);
        assertThat(rest.blocksFromCache()).isEqualTo(kept);
    }

    private static int blocksIn(Path cache) throws IOException {
        if (!Files.exists(cache)) {
            return 0;
        }
        try (Stream<Path> files = Files.find(
                cache,
                3,
                (path, attributes) ->
                        attributes.isRegularFile() && !path.toString().matches(".*(/\\.unfinished|-tables/).*"))) {
            return (int) files.count();
        }
    }

    @Test
    void tellsHowFarItIs() throws Exception {
        SampleTree tree = everything();
        List<ExportProgress.Standing> standings = new ArrayList<>();

        Artifact artifact = new ArtifactExporter(tree.options(cache)).export(tree.root(), output, standings::add);

        assertThat(standings).hasSize(artifact.blocks());
        assertThat(standings).extracting(ExportProgress.Standing::bytesRead).isSorted();
        assertThat(standings).extracting(ExportProgress.Standing::bytesTotal).containsOnly(artifact.tarBytes());
        ExportProgress.Standing last = standings.getLast();
        assertThat(last.bytesRead()).isEqualTo(artifact.tarBytes());
        assertThat(last.bytesWritten()).isEqualTo(artifact.tarballBytes() - 8);
    }

    @Test
    void anExceptionFromTheProgressFailsTheExport() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("x", "x");

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> new ArtifactExporter(tree.options(cache)).export(tree.root(), output, standing -> {
                    throw new IllegalStateException("terminal gone");
                }))
                .withMessage("terminal gone");
        assertThat(output).isEmptyDirectory();
    }

    /** What may happen to a file between the walk and its turn to be read. */
    @FunctionalInterface
    private interface Accident {
        void happenTo(Path file) throws IOException;
    }

    private void assertFault(Accident accident, String message) throws Exception {
        SampleTree small = new SampleTree(directory.resolve("small"));
        small.file("x", "x");
        export(small);
        Map<String, String> before = contents(output);
        SampleTree tree = new SampleTree(directory.resolve("root"));
        // Too much to be on its way at once, so the first report comes before the last file is read.
        tree.sparseFile("first", 100L << 20);
        Path last = tree.file("last", SampleTree.noise(100_000, 1));
        AtomicBoolean happened = new AtomicBoolean();

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> new ArtifactExporter(tree.options(cache)).export(tree.root(), output, standing -> {
                    if (happened.compareAndSet(false, true)) {
                        try {
                            accident.happenTo(last);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                }))
                .withMessage(message)
                .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK));
        assertThat(contents(output)).isEqualTo(before);
    }

    @Test
    void noticesAFileThatGrows() throws Exception {
        assertFault(
                file -> Files.write(file, new byte[1], StandardOpenOption.APPEND),
                "/last changed while the image was written: it had 100000 bytes, then more.");
    }

    @Test
    void noticesAFileThatShrinks() throws Exception {
        assertFault(
                file -> {
                    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                        open.setLength(70_000);
                    }
                },
                "/last changed while the image was written: it had 100000 bytes, then 70000.");
    }

    @Test
    void noticesAFileThatVanishes() throws Exception {
        assertFault(Files::delete, "/last vanished while the image was written.");
    }

    @Test
    void anInterruptedExportLeavesNothing() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.sparseFile("first", 100L << 20);
        Thread exporting = Thread.currentThread();

        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> new ArtifactExporter(tree.options(cache))
                        .export(tree.root(), output, standing -> exporting.interrupt()));
        assertThat(Thread.interrupted())
                .as("the flag that the exception stands for")
                .isFalse();
        assertThat(output).isEmptyDirectory();
    }

    @Test
    void aFullDiskLeavesTheOldArtifactUntouched() throws Exception {
        Host.assumeRoot("mount a small file system");
        Files.createDirectories(output);
        Command.Outcome mount =
                Command.run(Map.of(), List.of("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", output.toString()));
        Assumptions.assumeTrue(
                mount.exitCode() == 0, () -> "this machine lets nobody mount a tmpfs: not tested: " + mount.output());
        try {
            SampleTree small = new SampleTree(directory.resolve("small"));
            small.file("x", "x");
            export(small);
            Map<String, String> before = contents(output);
            SampleTree tree = new SampleTree(directory.resolve("root"));
            for (int i = 0; i < 10; i++) {
                tree.file("file" + i, SampleTree.noise(1_000_000, i));
            }

            assertThatExceptionOfType(FaultException.class)
                    .isThrownBy(() -> export(tree))
                    .withMessageContaining("No space left on device")
                    .withMessageMatching("(?s).*needs about 10 MB, and there was room for [23] MB\\.")
                    .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK))
                    .satisfies(fault -> assertThat(fault.remedy()).isPresent());
            assertThat(contents(output)).isEqualTo(before);
        } finally {
            Command.succeed("umount", output.toString());
        }
    }

    @Test
    void saysThatTheOutputDirectoryCannotBeMade() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> new ArtifactExporter(tree.options(cache))
                        .export(tree.root(), file.resolve("out"), ExportProgress.SILENT))
                .withMessageContaining(file.toString())
                .satisfies(fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK));
    }

    @Test
    void anExportWithoutAWorkingCacheSucceedsAndSaysSo() throws Exception {
        Host.assumeRoot("mount a small file system");
        Files.createDirectories(cache);
        Command.Outcome mount =
                Command.run(Map.of(), List.of("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", cache.toString()));
        Assumptions.assumeTrue(
                mount.exitCode() == 0, () -> "this machine lets nobody mount a tmpfs: not tested: " + mount.output());
        try {
            SampleTree tree = new SampleTree(directory.resolve("root"));
            tree.file("x", SampleTree.text(4_000_000, 1));

            Artifact artifact = export(tree);

            assertThat(artifact.notes()).singleElement().asString().contains("No space left on device");
            assertThat(output.resolve("img.tar.lz4")).hasSize(artifact.tarballBytes());
        } finally {
            Command.succeed("umount", cache.toString());
        }
    }

    @Test
    void removesWhatAKilledExportLeft() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        tree.file("x", "x");
        Path left = Files.createDirectories(output.resolve(".unfinished-89abcdef"));
        Files.writeString(left.resolve("lock"), "");
        Files.writeString(left.resolve("img.tar.lz4"), "half");

        export(tree);

        assertThat(contents(output)).containsOnlyKeys(FILES);
    }

    @Test
    void twoProcessesShareACache() throws Exception {
        SampleTree tree = everything();
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(new ProcessBuilder(Command.java(
                            ExportProcess.class,
                            List.of(),
                            List.of(
                                    tree.root().toString(),
                                    directory.resolve("out" + i).toString(),
                                    cache.toString(),
                                    "2")))
                    .redirectErrorStream(true)
                    .start());
        }
        for (Process process : processes) {
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(printed).isZero();
        }
        assertThat(contents(directory.resolve("out0"))).containsOnlyKeys(FILES);
        assertThat(contents(directory.resolve("out1"))).isEqualTo(contents(directory.resolve("out0")));
        assertThat(export(tree).blocksFromCache()).isEqualTo(blocksIn(cache));
    }

    @Test
    void twoExportsAtOnceInOneProcessBothSucceed() throws Exception {
        SampleTree tree = everything();
        List<Artifact> artifacts = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    Artifact artifact = export(tree);
                    synchronized (artifacts) {
                        artifacts.add(artifact);
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException("nobody interrupts this", e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(artifacts).hasSize(2);
        assertThat(artifacts.getFirst().sha256()).isEqualTo(artifacts.getLast().sha256());
    }

    @Test
    void memoryDoesNotGrowWithTheImage() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("root"));
        for (int i = 0; i < 8; i++) {
            tree.sparseFile("sparse" + i, 128L << 20);
        }

        Command.Outcome outcome = Command.run(
                Map.of(),
                Command.java(
                        ExportProcess.class,
                        List.of("-Xmx96m", "-XX:MaxDirectMemorySize=32m"),
                        List.of(tree.root().toString(), output.toString(), cache.toString(), "2")));

        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    }
}
