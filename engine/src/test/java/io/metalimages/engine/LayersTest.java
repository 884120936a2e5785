package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.engine.archive.Archive;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.PlainSnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of images become snapshots, the same in every store; and layers that nobody should make are refused. */
class LayersTest {

    private static final String CAPABILITY = "security.capability";

    @Nested
    class AsLayersOfOverlayfs extends Behaviour {
        @Override
        SnapshotStore open(StateDirectory state) throws IOException {
            return new OverlaySnapshotStore(state);
        }
    }

    @Nested
    class AsWholeDirectories extends Behaviour {
        @Override
        SnapshotStore open(StateDirectory state) throws IOException {
            return new PlainSnapshotStore(state);
        }
    }

    /** Layers, in memory. */
    static final class Source implements Operation.LayerSource {

        private final List<Digest> layers = new ArrayList<>();
        private final List<byte[]> archives = new ArrayList<>();
        private final List<Integer> opened = Collections.synchronizedList(new ArrayList<>());

        Source(Archive... archives) {
            Arrays.stream(archives).forEach(archive -> add(archive.bytes(), archive.bytes()));
        }

        Source add(byte[] archive, byte[] compressed) {
            layers.add(Digest.of(archive));
            archives.add(compressed);
            return this;
        }

        @Override
        public List<Digest> layers() {
            return layers;
        }

        @Override
        public String name(int index) {
            return "layer " + (index + 1) + " of hostile:latest";
        }

        @Override
        public InputStream open(int index) {
            opened.add(index);
            return new ByteArrayInputStream(archives.get(index));
        }
    }

    abstract static class Behaviour {

        @TempDir
        Path directory;

        private StateDirectory state;
        private WorkDirectory work;
        private SnapshotStore snapshots;
        private Path outside;

        abstract SnapshotStore open(StateDirectory stateDirectory) throws IOException;

        @BeforeEach
        void prepare() throws Exception {
            Host.assumeRoot("give files to other users");
            outside = Files.writeString(directory.resolve("outside"), "untouched");
            state = new StateDirectory(directory.resolve("state"));
            work = WorkDirectory.open(state, note -> {});
            snapshots = open(state);
        }

        @AfterEach
        void close() throws Exception {
            if (work != null) {
                work.close();
                assertThat(outside).hasContent("untouched");
            }
        }

        Snapshot solve(Operation.LayerSource source) throws IOException, InterruptedException {
            return new Solver(state, snapshots, work, false)
                    .solve(new Operation.Layers(Busybox.label("FROM hostile"), source), event -> {});
        }

        /** The type, mode, owner and content of each file. */
        Map<String, String> tree(Snapshot snapshot) throws IOException {
            try (SnapshotStore.View view = snapshots.view(snapshot, work);
                    Stream<Path> files = Files.walk(view.root())) {
                Map<String, String> tree = new TreeMap<>();
                for (Path file : files.toList()) {
                    tree.put(view.root().relativize(file).toString(), shown(file));
                }
                return tree;
            }
        }

        private static String shown(Path file) throws IOException {
            FileStatus status = FileStatus.of(file);
            String owner = Integer.toOctalString(status.permissions()) + " " + status.user() + ":" + status.group();
            assertThat(ExtendedAttributes.read(file).keySet())
                    .noneMatch(name -> name.startsWith("user.overlay.") || name.startsWith("trusted.overlay."));
            return status.isDirectory()
                    ? "directory " + owner
                    : status.isSymbolicLink()
                            ? "link " + Files.readSymbolicLink(file)
                            : status.isRegularFile()
                                    ? "file " + owner + " " + Files.readString(file)
                                    : "special " + owner;
        }

        @Test
        void laterLayersChangeAddAndDelete() throws Exception {
            Snapshot snapshot = solve(new Source(
                    new Archive()
                            .directory("etc", 0750)
                            .file("etc/motd", "old", 0644)
                            .file("etc/issue", "old", 0644)
                            .directory("gone", 0755)
                            .file("gone/a", "a", 0644)
                            .directory("emptied", 0711)
                            .directory("emptied/below", 0755)
                            .file("emptied/below/b", "b", 0644)
                            .file("fileThenDirectory", "", 0644)
                            .directory("directoryThenFile", 0755)
                            .file("directoryThenFile/inside", "", 0644),
                    new Archive()
                            .file("etc/.wh.motd", "", 0)
                            .file("etc/issue", "new", 0600)
                            .file(".wh.gone", "", 0)
                            .file("emptied/new", "new", 0644)
                            .file("emptied/.wh..wh..opq", "", 0)
                            .directory("fileThenDirectory", 0700)
                            .file("directoryThenFile", "file", 0644)
                            .file("never/.wh.there", "", 0)));
            Map<String, String> expected = new LinkedHashMap<>();
            expected.put("", "directory 755 0:0");
            expected.put("directoryThenFile", "file 644 12:34 file");
            expected.put("emptied", "directory 711 0:0");
            expected.put("emptied/new", "file 644 12:34 new");
            expected.put("etc", "directory 750 0:0");
            expected.put("etc/issue", "file 600 12:34 new");
            expected.put("fileThenDirectory", "directory 700 0:0");
            assertThat(tree(snapshot)).isEqualTo(expected);
        }

        /** The specification: a whiteout hides only what is in the layers below, wherever it stands among the entries. */
        @Test
        void aWhiteoutHidesNothingOfItsOwnLayer() throws Exception {
            Archive base = new Archive()
                    .directory("d", 0755)
                    .file("d/lower", "lower", 0644)
                    .directory("d/sub", 0755)
                    .file("d/sub/lower", "lower", 0644)
                    .file("f", "lower", 0644);
            for (List<Integer> order : List.of(List.of(0, 1, 2), List.of(2, 1, 0), List.of(1, 0, 2))) {
                Archive next = new Archive();
                List<Consumer<Archive>> steps = List.of(
                        archive -> archive.directory("d", 0700)
                                .directory("d/sub", 0711)
                                .file("d/sub/upper", "upper", 0644),
                        archive -> archive.file(".wh.d", "", 0),
                        archive -> archive.file("f", "upper", 0644).file(".wh.f", "", 0));
                order.forEach(index -> steps.get(index).accept(next));
                Map<String, String> tree = tree(solve(new Source(base, next)));
                assertThat(tree)
                        .as("%s", order)
                        .containsKeys("d/sub/upper")
                        .doesNotContainKeys("d/lower", "d/sub/lower");
                assertThat(tree).containsEntry("f", "file 644 12:34 upper");
            }
        }

        @Test
        void whiteoutsAreNeverListed() throws Exception {
            Snapshot snapshot = solve(new Source(
                    new Archive()
                            .directory("d", 0755)
                            .file("d/a", "a", 0644)
                            .directory("d/e", 0755)
                            .file("d/e/b", "b", 0644)
                            .file("device", "x", 0644),
                    new Archive()
                            .file(".wh.nothing", "", 0)
                            .file("d/.wh.a", "", 0)
                            .file("d/e/.wh.b", "", 0)
                            .file("d/.wh..wh..opq", "", 0)
                            .device("device", 0, 0)
                            .directory(".wh..wh.plnk", 0755)
                            .file(".wh..wh.plnk/1.2", "", 0644),
                    new Archive().directory("d", 0755).file("d/c", "c", 0644)));
            assertThat(tree(snapshot).keySet()).containsExactly("", "d", "d/c", "d/e");
            assertThat(tree(solve(new Source(new Archive().file(".wh.x", "", 0).file("y", "", 0644))))
                            .keySet())
                    .containsExactly("", "y");
        }

        @Test
        void theRootCanBeOpaque() throws Exception {
            Snapshot snapshot = solve(new Source(
                    new Archive().file("a", "a", 0644).directory("d", 0755).file("d/b", "b", 0644),
                    new Archive()
                            .directory("d", 0700)
                            .file(".wh..wh..opq", "", 0)
                            .file("c", "c", 0644)));
            assertThat(tree(snapshot).keySet()).containsExactly("", "c", "d");
        }

        @Test
        void aDirectoryThatALayerDoesNotHaveIsLikeTheOneBelow() throws Exception {
            Snapshot snapshot = solve(new Source(
                    new Archive()
                            .directory("tmp", 01777)
                            .directory("tmp/d", 0700)
                            .entry("link", TarConstants.LF_SYMLINK, "tmp", 0777),
                    new Archive().file("tmp/d/f", "f", 0644).file("link/g", "g", 0644)));
            assertThat(tree(snapshot))
                    .containsEntry("tmp", "directory 1777 0:0")
                    .containsEntry("tmp/d", "directory 700 0:0")
                    .containsEntry("link", "directory 755 0:0");
            try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
                assertThat(FileStatus.of(view.root().resolve("tmp")).modified().toMillis())
                        .isEqualTo(1_000_000_000_000L);
            }
        }

        @Test
        void linksAttributesAndDevicesAreKept() throws Exception {
            String capability = "\u0001\0\0\u0002\0\u0004\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
            Snapshot snapshot = solve(new Source(new Archive()
                    .file("d/f", "f", 04755, Map.of("SCHILY.xattr." + CAPABILITY, capability))
                    .file("opaque", "f", 0644, Map.of("SCHILY.xattr.trusted.overlay.opaque", "y"))
                    .entry("hard", TarConstants.LF_LINK, "d/f", 0644)
                    .entry("soft", TarConstants.LF_SYMLINK, "/nowhere", 0777)
                    .device("device", 1, 3)));
            assertThat(tree(snapshot))
                    .containsEntry("soft", "link /nowhere")
                    .containsEntry("d/f", "file 4755 12:34 f")
                    .containsEntry("device", "special 600 0:0");
            try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
                Path file = view.root().resolve("d/f");
                assertThat(FileStatus.of(file)
                                .isSameFile(FileStatus.of(view.root().resolve("hard"))))
                        .isTrue();
                assertThat(ExtendedAttributes.read(file)).containsKey(CAPABILITY);
            }
        }

        @Test
        void imagesShareTheLayersThatTheyHaveInCommon() throws Exception {
            Archive first = new Archive().file("a", "a", 0644);
            Archive second = new Archive().file("b", "b", 0644);
            Source one = new Source(first, second);
            Snapshot lower = solve(one);
            Source other = new Source(first, second, new Archive().file("c", "c", 0644));
            Snapshot upper = solve(other);
            assertThat(one.opened).containsExactlyInAnyOrder(0, 1);
            assertThat(other.opened).containsExactly(2);
            assertThat(tree(upper).keySet()).containsExactly("", "a", "b", "c");
            Source again = new Source(first, second);
            assertThat(solve(again)).isEqualTo(lower);
            assertThat(again.opened).isEmpty();
        }

        @Test
        void severalLayersAreUnpackedAtATimeAndOneFailureEndsAll() throws Exception {
            CountDownLatch second = new CountDownLatch(1);
            Source source = new Source(IntStream.range(0, 12)
                    .mapToObj(number -> new Archive().file("f" + number, "", 0644))
                    .toArray(Archive[]::new));
            assertThat(tree(solve(source))).hasSize(13);
            Operation.LayerSource waiting = new Operation.LayerSource() {
                @Override
                public List<Digest> layers() {
                    return List.of(Digest.of("never"), source.layers().get(1));
                }

                @Override
                public String name(int index) {
                    return source.name(index);
                }

                @Override
                public InputStream open(int index) throws InterruptedException {
                    if (index == 1) {
                        second.countDown();
                        throw FaultException.remote("This layer can't be had.", null);
                    }
                    second.await();
                    new CountDownLatch(1).await();
                    throw new AssertionError("It was not stopped.");
                }
            };
            assertThatThrownBy(() -> solve(waiting)).hasMessage("This layer can't be had.");
        }

        private void refused(Archive archive, String... words) {
            refused(new Source(archive), words);
        }

        private void refused(Source source, String... words) {
            assertThatThrownBy(() -> solve(source))
                    .isInstanceOf(FaultException.class)
                    .message()
                    .contains("layer 1 of hostile:latest can't be unpacked: ")
                    .satisfies(message -> assertThat(List.of(words)).allMatch(message::contains));
        }

        @Test
        void nothingOutsideIsTouched() throws Exception {
            refused(new Archive().file("../outside", "hostile", 0644), "at the entry ../outside", "leads out");
            refused(new Archive().file("d/../../outside", "hostile", 0644), "leads out");
            refused(new Archive().entry("l", TarConstants.LF_LINK, "../outside", 0644), "entry l", "leads out");
            refused(
                    new Archive().entry("l", TarConstants.LF_LINK, outside.toString(), 0644),
                    "entry l",
                    "which is no file that the layer has");
            refused(new Archive().file("../.wh.outside", "", 0), "leads out");
            Map<String, String> tree = tree(solve(new Source(new Archive()
                    .file(outside.toString(), "inside", 0644)
                    .entry("up", TarConstants.LF_SYMLINK, "../../../../..", 0777)
                    .file("up/outside", "inside", 0644)
                    .entry("host", TarConstants.LF_SYMLINK, directory.toString(), 0777)
                    .file("host/.wh.outside", "", 0)
                    .file("host/.wh..wh..opq", "", 0)
                    .file("host/outside", "inside", 0644))));
            assertThat(tree).containsKey("outside");
        }

        @Test
        void whiteoutsThatNameNoFileAreRefused() {
            refused(new Archive().file("d/.wh.", "", 0), "at the entry d/.wh", "names no file");
            refused(new Archive().file("d/.wh..", "", 0), "names no file");
            refused(new Archive().file("d/.wh...", "", 0), "names no file");
            refused(new Archive().file(".wh.d/f", "", 0644), "lies below a whiteout");
            refused(new Archive().entry(".", TarConstants.LF_SYMLINK, "/etc", 0777), "takes the place of the root");
        }

        @Test
        void damageIsTold() throws Exception {
            byte[] archive = new Archive()
                    .file("whole", "whole", 0644)
                    .file("cut", "x".repeat(10_000), 0644)
                    .bytes();
            refused(new Source().add(archive, Arrays.copyOf(archive, 4000)), "entry cut", "middle of a file");
            byte[] gzip = Archive.gzip(archive);
            refused(new Source().add(archive, Arrays.copyOf(gzip, gzip.length - 20)));
            byte[] zstd = Archive.zstd(archive);
            refused(new Source().add(archive, Arrays.copyOf(zstd, zstd.length - 20)));
            refused(new Source().add(archive, Arrays.copyOf(gzip, gzip.length + 40)), "after the end");
            refused(new Source().add(archive, Arrays.copyOf(zstd, zstd.length + 40)));
            refused(
                    new Source().add(new byte[1], gzip),
                    "has the digest sha256:" + Digest.of(archive).hex());
            byte[] xz = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0};
            refused(new Source().add(xz, xz), "compressed by xz");
        }

        @Test
        void headersThatLieOrNeverEndAreRefused() throws Exception {
            byte[] honest = new Archive().file("lies", "x", 0644).bytes();
            byte[] large = Archive.withSize(honest, Long.MAX_VALUE);
            refused(new Source().add(large, large), "size that is none");
            byte[] larger = Archive.withSize(honest, 100_000);
            refused(new Source().add(larger, larger), "at the entry lies", "middle of a file");
            refused(new Archive().file("d/".repeat(1001) + "f", "", 0644), "more than 1000 directories deep");
            refused(new Archive().file("n".repeat(300), "", 0644));
            Map<String, String> records = new TreeMap<>();
            IntStream.range(0, 3).forEach(number -> records.put("filler" + number, "x".repeat(400_000)));
            refused(new Archive().file("f", "", 0644, records), "a header has more than 1048576 bytes");
        }

        @Test
        void compressedInPiecesItIsWhole() throws Exception {
            byte[] archive = new Archive().file("f", "x".repeat(100_000), 0644).bytes();
            byte[] first = Archive.gzip(Arrays.copyOf(archive, 1000));
            byte[] second = Archive.gzip(Arrays.copyOfRange(archive, 1000, archive.length));
            byte[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            Source slow = new Source().add(archive, both);
            assertThat(tree(solve(new Operation.LayerSource() {
                        @Override
                        public List<Digest> layers() {
                            return slow.layers();
                        }

                        @Override
                        public String name(int index) {
                            return slow.name(index);
                        }

                        @Override
                        public InputStream open(int index) {
                            return new FilterInputStream(slow.open(index)) {
                                @Override
                                public int read(byte[] buffer, int offset, int length) throws IOException {
                                    return in.read(buffer, offset, Math.min(length, first.length));
                                }

                                @Override
                                public int available() {
                                    return 0;
                                }
                            };
                        }
                    })))
                    .containsKey("f");
        }
    }
}
