package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.snapshot.PlainSnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies through the solver: what they take, and what they say of wrong definitions. Owners are who runs the tests. */
class CopyTest {

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private Path context;
    private String owner;
    private final Operation scratch = new Operation.Scratch(Busybox.label("scratch"));

    @BeforeEach
    void prepare() throws Exception {
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new PlainSnapshotStore(state);
        context = Files.createDirectories(directory.resolve("context"));
        owner = Files.getAttribute(context, "unix:uid") + ":" + Files.getAttribute(context, "unix:gid");
    }

    @AfterEach
    void close() throws IOException {
        if (work != null) {
            work.close();
        }
    }

    private Snapshot solve(Operation target) throws IOException, InterruptedException {
        return new Solver(state, snapshots, work, false).solve(target, Progress.SILENT);
    }

    private String read(Snapshot snapshot, String path) throws IOException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
            return Files.readString(view.root().resolve(path));
        }
    }

    private Operation copy(
            Operation input, Path from, PathFilter filter, List<String> sources, String destination, String newOwner) {
        return Operation.Copy.of(
                Busybox.label("COPY " + String.join(" ", sources)),
                input,
                new Operation.FileSource.Directory("the build context", from, filter, false),
                sources,
                destination,
                newOwner);
    }

    private Operation copy(List<String> sources, String destination) {
        return copy(scratch, context, PathFilter.ALL, sources, destination, owner);
    }

    private Operation copyFiltered(Path from, PathFilter filter) {
        return copy(scratch, from, filter, List.of("."), "/", owner);
    }

    private Operation owned(Operation input, String newOwner) {
        return copy(input, context, PathFilter.ALL, List.of("a"), "/x", newOwner);
    }

    private Operation image(String name) {
        return copy(scratch, directory.resolve(name), PathFilter.ALL, List.of("."), "/", owner);
    }

    @Test
    void aFileThatTookTheFirstOnesPlaceIsNotLinkedTo() throws Exception {
        Path one = Files.createDirectories(context.resolve("one"));
        Path two = Files.createDirectories(context.resolve("two"));
        Files.writeString(one.resolve("a"), "first");
        Files.writeString(two.resolve("a"), "second");
        Path three = Files.createDirectories(context.resolve("three"));
        Files.createLink(three.resolve("b"), one.resolve("a"));
        Files.createLink(three.resolve("c"), one.resolve("a"));

        Snapshot made = solve(copy(List.of("one", "two", "three"), "/all/"));
        assertThat(read(made, "all/a")).isEqualTo("second");
        assertThat(read(made, "all/b")).isEqualTo("first");
        assertThat(read(made, "all/c")).isEqualTo("first");
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            assertThat(Files.isSameFile(
                            view.root().resolve("all/b"), view.root().resolve("all/c")))
                    .isTrue();
        }
    }

    @Test
    void theNamesOfAFileStaySuchWithinAMatchOnly() throws Exception {
        Path one = Files.createDirectories(context.resolve("one"));
        Files.writeString(one.resolve("a"), "first");
        Files.createLink(one.resolve("b"), one.resolve("a"));

        Snapshot made = solve(copy(List.of("one", "one/*"), "/all/"));
        Snapshot whole = solve(copy(List.of("one"), "/all/"));
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            Path all = view.root().resolve("all");
            assertThat(Files.isSameFile(all.resolve("a"), all.resolve("b"))).isFalse();
        }
        try (SnapshotStore.View view = snapshots.view(whole, work)) {
            Path all = view.root().resolve("all");
            assertThat(Files.isSameFile(all.resolve("a"), all.resolve("b"))).isTrue();
        }
    }

    @Test
    void aPatternIsLookedForBehindLinksOnlyBeforeItsFirstWildcard() throws Exception {
        Path one = Files.createDirectories(context.resolve("one/in"));
        Files.writeString(one.resolve("a"), "first");
        Files.createSymbolicLink(context.resolve("link"), Path.of("one"));

        assertThat(read(solve(copy(List.of("link/*/a"), "/x")), "x")).isEqualTo("first");
        try (SnapshotStore.View view = snapshots.view(solve(copy(List.of("l*/in/a"), "/x")), work)) {
            assertThat(view.root().resolve("x")).doesNotExist();
        }
    }

    @Test
    void whatChangesWhileItIsCopiedIsNoResult() throws Exception {
        for (String change : List.of("content", "removed file", "directory for a file")) {
            Path source = Files.createDirectories(context.resolve(change));
            Files.writeString(source.resolve("a"), change);
            Files.writeString(source.resolve("z"), "before");
            AtomicInteger asked = new AtomicInteger();
            PathFilter changing = new PathFilter() {
                @Override
                public boolean includes(String path) {
                    if (path.equals("a") && asked.incrementAndGet() == 2) {
                        change(source, change);
                    }
                    return true;
                }

                @Override
                public boolean enters(String path) {
                    return true;
                }
            };
            Operation target = copyFiltered(source, changing);

            assertThatThrownBy(() -> solve(target))
                    .as(change)
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("changed while it was being copied");
            Files.deleteIfExists(source.resolve("z"));
            Files.writeString(source.resolve("z"), "before");
            assertThat(read(solve(target), "z")).as(change).isEqualTo("before");
        }
    }

    /** A context that changes while its files are read is a fault that says so, not one of this program. */
    @Test
    void whatVanishesWhileItIsReadIsNamed() throws Exception {
        for (String change : List.of("removed file", "removed directory")) {
            Path source = Files.createDirectories(context.resolve(change));
            Files.writeString(source.resolve("a"), change);
            Files.createDirectory(source.resolve("y"));
            Files.writeString(source.resolve("z"), "before");
            PathFilter changing = new PathFilter() {
                @Override
                public boolean includes(String path) {
                    if (path.equals(change.equals("removed file") ? "z" : "y")) {
                        remove(source.resolve(path));
                    }
                    return true;
                }

                @Override
                public boolean enters(String path) {
                    return true;
                }
            };
            Operation target = copyFiltered(source, changing);

            assertThatThrownBy(() -> solve(target))
                    .as(change)
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining(
                            (change.equals("removed file") ? "z" : "y") + " changed while it was being read.");
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void change(Path source, String change) {
        try {
            switch (change) {
                case "content" -> Files.writeString(source.resolve("z"), "after!");
                case "removed file" -> Files.delete(source.resolve("z"));
                default -> {
                    Files.delete(source.resolve("z"));
                    Files.createDirectory(source.resolve("z"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void ordinaryMistakesAreToldAsSuch() throws Exception {
        Files.writeString(context.resolve("a"), "a");
        assertWrongInput(copy(List.of("a["), "/x"), "\"a[\" is not a valid pattern", "backslash");
        assertWrongInput(copy(List.of("x".repeat(300)), "/x"), "there is no xxx", "path");
        assertWrongInput(owned(scratch, "9999999999"), "user 9999999999 is out of range", "0 to 2147483647");
        assertWrongInput(owned(scratch, "1:4294967295"), "group 4294967295 is out of range", "0 to 2147483647");
        assertWrongInput(owned(scratch, "somebody"), "there is no user somebody", "number");
    }

    private void assertWrongInput(Operation target, String message, String remedy) {
        assertThatThrownBy(() -> solve(target)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault).hasMessageStartingWith("Dockerfile:1: ").hasMessageContaining(message);
            assertThat(fault.remedy().orElse("")).contains(remedy);
        });
    }

    @Test
    void accountsAreReadFromTheImageOnly() throws Exception {
        Files.writeString(directory.resolve("passwd"), "stranger:x:77:77::/:/bin/sh\n");
        Files.writeString(context.resolve("a"), "a");
        Path etc = Files.createDirectories(directory.resolve("image/etc"));
        Files.createSymbolicLink(etc.resolve("passwd"), directory.resolve("passwd"));
        assertThatThrownBy(() -> solve(owned(image("image"), "stranger"))).hasMessageContaining("no user stranger");

        Files.delete(etc.resolve("passwd"));
        // Only root gives files away.
        String plain = Host.isRoot() ? "5:6" : owner;
        Files.writeString(
                etc.resolve("passwd"), "odd:x:99999999999:1::/:\nodder:x:1:many::/:\nplain:x:" + plain + "::/:\n");
        Snapshot made = solve(owned(image("image"), "plain"));
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            assertThat(FileStatus.of(view.root().resolve("x")))
                    .extracting(status -> status.user() + ":" + status.group())
                    .isEqualTo(plain);
        }
        assertThatThrownBy(() -> solve(owned(image("image"), "odd"))).hasMessageContaining("no user odd");
        assertThatThrownBy(() -> solve(owned(image("image"), "odder"))).hasMessageContaining("no user odder");

        try (RandomAccessFile huge = new RandomAccessFile(etc.resolve("passwd").toFile(), "rw")) {
            huge.setLength((16 << 20) + 1);
        }
        assertThatThrownBy(() -> solve(owned(image("image"), "plain"))).hasMessageContaining("larger than 16 MiB");
    }

    @Test
    void aLinkDoesNotShowWhatTheIgnoreFileLeavesOut() throws Exception {
        Files.createDirectories(context.resolve("private"));
        Files.writeString(context.resolve("private/key"), "key");
        Files.createSymbolicLink(context.resolve("link"), Path.of("private/key"));
        PathFilter filter = new PathFilter() {
            @Override
            public boolean includes(String path) {
                return !path.startsWith("private");
            }

            @Override
            public boolean enters(String path) {
                return includes(path);
            }
        };
        Operation target = copy(scratch, context, filter, List.of("link"), "/x", owner);
        assertThatThrownBy(() -> solve(target)).hasMessageContaining("there is no link in the build context");
    }

    @Test
    void namesThatAreNoTextAreCopiedAsTheyAre() throws Exception {
        ProcessBuilder maker = new ProcessBuilder("sh", "-c", "printf x > \"$(printf 'a\\377b')\"");
        assertThat(maker.directory(context.toFile()).start().waitFor()).isZero();

        Snapshot made = solve(copy(List.of("."), "/"));
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            ProcessBuilder reader = new ProcessBuilder("sh", "-c", "cat \"$(printf 'a\\377b')\"");
            Process reading = reader.directory(view.root().toFile()).start();
            assertThat(reading.inputReader().readLine()).isEqualTo("x");
        }
    }
}
