package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.exec.MountStubs;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Contexts, images and steps that try to reach this machine. Whatever becomes of them, a tree beside them stays as it is
 * to the byte, and nothing of it gets into an image.
 */
class HostileContextTest {

    private static final int GENERATED = 240;

    @TempDir
    Path directory;

    private WatchedTree host;
    private SortedMap<String, String> before;
    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private Path context;
    private Path image;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("do harm, and mount");
        host = new WatchedTree(directory.resolve("host"));
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
        context = Files.createDirectories(directory.resolve("context"));
        image = Files.createDirectories(directory.resolve("image"));
        before = host.state();
    }

    @AfterEach
    void nothingHappened() throws Exception {
        if (work != null) {
            work.close();
            for (Path tree : List.of(state.snapshots(), state.failed(), context, image)) {
                WorkDirectory.deleteTree(tree);
                assertThat(Files.exists(tree, LinkOption.NOFOLLOW_LINKS)).isFalse();
            }
            assertThat(host.state()).isEqualTo(before);
        }
    }

    private Snapshot solve(Operation target) throws IOException, InterruptedException {
        return new Solver(state, snapshots, work, false).solve(target, Progress.SILENT);
    }

    private static Operation.Copy copy(
            Operation input, Path context, PathFilter filter, List<String> sources, String destination) {
        return Operation.Copy.of(
                Busybox.label("COPY"),
                input,
                new Operation.FileSource.Directory("the build context", context, filter, false),
                sources,
                destination,
                "");
    }

    private static Operation imageOf(Path tree) {
        return Busybox.copy(new Operation.Scratch(Busybox.label("scratch")), tree, List.of("."), "/");
    }

    private void assertHoldsNothingOfTheHost(Snapshot snapshot) throws IOException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
            assertThat(WatchedTree.found(view.root())).isEmpty();
        }
    }

    /** Leaves out {@code d}, but takes {@code d/b} back in. */
    private static final PathFilter ALL_BUT_ONE_OF_D = new PathFilter() {
        @Override
        public boolean includes(String path) {
            return !path.equals("d") && (!path.startsWith("d/") || path.equals("d/b"));
        }

        @Override
        public boolean enters(String path) {
            return true;
        }
    };

    @Test
    void aDirectoryThatIsLeftOutIsNoWayThroughALink() throws Exception {
        Files.createDirectories(context.resolve("d"));
        Files.writeString(context.resolve("d/b"), "overwritten");
        Files.createSymbolicLink(image.resolve("d"), host.root().resolve("d"));

        assertThatThrownBy(() -> solve(copy(imageOf(image), context, ALL_BUT_ONE_OF_D, List.of("."), "/")))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("/d is not a directory, but the copy has one there");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ln -s HOST/stubs /w",
                "ln -s ../../../../../../../../../../HOST/stubs /w",
                "ln -s /proc/self/root/HOST/stubs /w",
                "ln -s HOST/stubs /other; ln -s other /w",
                "mkdir /w; ln -s HOST/stubs/deep /w/deep",
            })
    void aMountPointBehindALinkIsNotTakenAway(String replacement) throws Exception {
        Operation root = new Busybox(directory).root();
        String script =
                "mv /w /before; " + replacement.replace("HOST", host.root().toString());
        solve(Busybox.run(
                root,
                script,
                new Operation.Mount.Temporary("/w/mount", Optional.empty()),
                new Operation.Mount.Temporary("/w/deep/mount", Optional.empty()),
                new Operation.Mount.Inline("/w/file", "content", 0644)));
        assertThat(host.state()).isEqualTo(before);
    }

    @Test
    void stubsAreTakenAwayWhereTheyWereOnly() throws Exception {
        try (RootDirectory root = RootDirectory.open(image)) {
            MountStubs stubs = new MountStubs(root, List.of("/stubs/mount", "/stubs/file", "/kept/file"), "here");
            Files.createSymbolicLink(image.resolve("stubs"), host.root().resolve("stubs"));
            Files.createDirectory(image.resolve("kept"));
            Files.writeString(image.resolve("kept/file"), "kept");
            stubs.remove();
        }
        assertThat(image.resolve("kept/file")).hasContent("kept");
    }

    @Test
    void aMountPointInCirclesIsTheInstructionsFault() throws Exception {
        Files.createSymbolicLink(image.resolve("one"), Path.of("other"));
        Files.createSymbolicLink(image.resolve("other"), Path.of("one"));
        try (RootDirectory root = RootDirectory.open(image)) {
            assertThatThrownBy(() -> new MountStubs(root, List.of("/one/mount"), "Dockerfile line 7"))
                    .isInstanceOf(FaultException.class)
                    .hasMessage("Dockerfile line 7: symbolic links lead in circles at the mount's target /one/mount.");
        }
    }

    @Test
    void aMountedContextShowsWhatTheFilterLeavesAndNoOwners() throws Exception {
        Files.createDirectories(context.resolve("d/deep"));
        Files.writeString(context.resolve("d/secret"), WatchedTree.MARKER);
        Files.writeString(context.resolve("d/b"), "open");
        Files.writeString(context.resolve("other"), "other");
        Files.setAttribute(context.resolve("other"), "unix:uid", 12);
        Files.createSymbolicLink(context.resolve("link"), host.root());
        Operation.FileSource source =
                new Operation.FileSource.Directory("the build context", context, ALL_BUT_ONE_OF_D, false);
        Operation.Run run = Busybox.run(
                new Busybox(directory).root(),
                "cp -a /context /copied; cat /context/d/secret /context/link/secret || true",
                new Operation.Mount.Bind("/context", source, "/"));
        Snapshot made = solve(run);

        assertHoldsNothingOfTheHost(made);
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            Path copied = view.root().resolve("copied");
            assertThat(copied.resolve("d/b")).hasContent("open");
            assertThat(copied.resolve("d/secret")).doesNotExist();
            assertThat(Files.getAttribute(copied.resolve("other"), "unix:uid")).isEqualTo(0);
        }
        Files.writeString(context.resolve("d/secret"), "changed, but not shown");
        assertThat(solve(run)).isEqualTo(made);
        Files.writeString(context.resolve("d/b"), "changed");
        Snapshot again = solve(run);
        try (SnapshotStore.View view = snapshots.view(again, work)) {
            assertThat(view.root().resolve("copied/d/b")).hasContent("changed");
        }
    }

    @Test
    void aMountedContextThatChangesWhileItIsReadIsToldWithTheLine() throws Exception {
        Path vanishing = Files.writeString(context.resolve("vanishing"), "soon gone");
        PathFilter changing = new PathFilter() {
            @Override
            public boolean includes(String path) {
                if (path.equals("vanishing")) {
                    try {
                        Files.deleteIfExists(vanishing);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return true;
            }

            @Override
            public boolean enters(String path) {
                return true;
            }
        };
        Operation.FileSource source = new Operation.FileSource.Directory("the build context", context, changing, false);
        Operation.Run run =
                Busybox.run(new Busybox(directory).root(), "true", new Operation.Mount.Bind("/context", source, "/"));

        assertThatThrownBy(() -> solve(run))
                .isInstanceOf(FaultException.class)
                .hasMessageStartingWith("Dockerfile:1: ")
                .hasMessageContaining("vanishing changed while it was being read.");
    }

    @Test
    void aStepThatMakesALongerPathThanThereAreBlocksNothing() throws Exception {
        String name = "d".repeat(200);
        Operation target = Busybox.run(
                new Busybox(directory).root(),
                "i=0; while [ $i -lt 60 ]; do mkdir " + name + "; cd " + name + "; i=$((i+1)); done; exit 1");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> solve(target)).isInstanceOf(StepFailedException.class);
        }
        work.close();
        work = WorkDirectory.open(state, note -> {});
        assertThatThrownBy(() -> solve(target)).isInstanceOf(StepFailedException.class);
    }

    @Test
    void aDirectoryThatBecomesALinkWhileItIsCopiedLeadsNowhere() throws Exception {
        Path swapped = Files.createDirectories(context.resolve("swapped"));
        for (String name : List.of("a", "b")) {
            Files.writeString(swapped.resolve(name), "harmless");
        }
        AtomicBoolean done = new AtomicBoolean();
        Thread swapper = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                try {
                    Files.move(swapped, context.resolve("aside"));
                    Files.createSymbolicLink(swapped, host.root().resolve("a"));
                    Files.delete(swapped);
                    Files.move(context.resolve("aside"), swapped);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        try {
            for (int i = 0; i < 100; i++) {
                solveIfPossible(copy(
                        new Operation.Scratch(Busybox.label("scratch")),
                        context,
                        PathFilter.ALL,
                        List.of(i % 2 == 0 ? "." : "swapped"),
                        "/round" + i));
            }
        } finally {
            done.set(true);
            swapper.join();
        }
    }

    /** A refusal is as good as a result, and so is an error of the file that changed meanwhile; a bug is neither. */
    private void solveIfPossible(Operation target) throws IOException, InterruptedException {
        try {
            assertHoldsNothingOfTheHost(solve(target));
        } catch (FaultException | FileSystemException refused) {
            assertThat(refused).hasMessageNotContaining(WatchedTree.MARKER);
        }
    }

    @Test
    void generatedContextsAndImagesReachNothing() throws Exception {
        for (long seed = 0; seed < GENERATED; seed++) {
            HostileTrees trees = new HostileTrees(seed, host.root());
            Path ownContext = Files.createDirectory(directory.resolve("context" + seed));
            Path ownImage = Files.createDirectory(directory.resolve("image" + seed));
            trees.fill(ownContext, 25);
            trees.fill(ownImage, 15);
            PathFilter filter = trees.filter();
            Operation input = imageOf(ownImage);
            solveIfPossible(copy(input, ownContext, filter, trees.sources(), trees.destination()));
            solveIfPossible(new Operation.MakeDirectory(Busybox.label("WORKDIR"), input, "/" + trees.path(), ""));
            if (seed % 4 == 0) {
                solveIfPossible(Busybox.copyFrom(input, imageOf(ownContext), trees.path(), trees.destination()));
                solveIfPossible(copy(input, ownContext, filter, List.of(trees.path()), host.root() + "/a/"));
            }
            assertThat(host.state()).as("seed " + seed).isEqualTo(before);
            WorkDirectory.deleteTree(ownContext);
            WorkDirectory.deleteTree(ownImage);
        }
    }

    @Test
    void depthAndLinksOfLinksEndInAMessage() throws Exception {
        Path chain = context.resolve("chain0");
        Files.writeString(chain, "end");
        for (int i = 1; i <= 60; i++) {
            chain = Files.createSymbolicLink(context.resolve("chain" + i), chain.getFileName());
        }
        Operation scratch = new Operation.Scratch(Busybox.label("scratch"));
        assertThatThrownBy(() -> solve(copy(scratch, context, PathFilter.ALL, List.of("chain60"), "/")))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("there is no chain60");
        solve(copy(scratch, context, PathFilter.ALL, List.of("chain30"), "/"));

        Path deep = Files.createDirectory(directory.resolve("deep"));
        Path current = deep;
        for (int i = 0; i < 1_100; i++) {
            current = Files.createDirectory(current.resolve("d"));
        }
        assertThatThrownBy(() -> solve(copy(scratch, deep, PathFilter.ALL, List.of("."), "/")))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("nested more than 1,000 deep");
        WorkDirectory.deleteTree(deep);
        assertThat(Files.exists(deep, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }
}
