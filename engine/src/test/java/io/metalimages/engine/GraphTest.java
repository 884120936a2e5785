package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.snapshot.PlainSnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.ProcessLauncher;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The solver by bases and copies, which need neither mounts nor containers nor root. */
class GraphTest {

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private Path context;
    private String owner;
    private final List<Progress.Event> events = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void prepare() throws Exception {
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new PlainSnapshotStore(state);
        context = Files.createDirectories(directory.resolve("context"));
        owner = Files.getAttribute(context, "unix:uid") + ":" + Files.getAttribute(context, "unix:gid");
    }

    @AfterEach
    void close() throws Exception {
        work.close();
        assertThat(work.path()).doesNotExist();
    }

    /** How a base is made. */
    @FunctionalInterface
    private interface Unpacking {
        void into(Path root) throws IOException, InterruptedException;
    }

    private static Operation base(String definition, Unpacking unpacking) {
        return new Operation.Base(Busybox.label("FROM " + definition), new Operation.BaseSource() {
            @Override
            public String definition() {
                return definition;
            }

            @Override
            public void unpack(Path root, ProcessLauncher launcher, Consumer<String> output)
                    throws IOException, InterruptedException {
                unpacking.into(root);
            }
        });
    }

    private static Operation base() {
        return base("tiny", root -> Files.writeString(root.resolve("base"), "base"));
    }

    private Operation copy(Operation input, PathFilter filter, String source, String destination) {
        return Operation.Copy.of(
                Busybox.label("COPY " + source),
                input,
                new Operation.FileSource.Directory("the build context", context, filter, false),
                List.of(source),
                destination,
                owner);
    }

    private Operation copy(Operation input, String source, String destination) {
        return copy(input, PathFilter.ALL, source, destination);
    }

    private Operation copyFrom(Operation input, Operation from, String source, String destination) {
        return Operation.Copy.of(
                Busybox.label("COPY --from " + source),
                input,
                new Operation.FileSource.OfOperation(from),
                List.of(source),
                destination,
                owner);
    }

    private Snapshot solve(Operation target) throws IOException, InterruptedException {
        events.clear();
        return new Solver(state, snapshots, work, false).solve(target, events::add);
    }

    private List<String> started() {
        return events.stream()
                .filter(Progress.Event.Started.class::isInstance)
                .map(event -> ((Progress.Event.Started) event).step().name() + ": "
                        + ((Progress.Event.Started) event).reason())
                .toList();
    }

    private String read(Snapshot snapshot, String path) throws IOException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
            return Files.readString(view.root().resolve(path));
        }
    }

    @Test
    void doesNothingASecondTime() throws Exception {
        Files.writeString(context.resolve("a"), "a");
        Operation target = copy(base(), "a", "/copied");
        Snapshot made = solve(target);
        assertThat(read(made, "base") + read(made, "copied")).isEqualTo("basea");
        assertThat(started()).hasSize(2);

        Files.setLastModifiedTime(context.resolve("a"), FileTime.fromMillis(0));
        assertThat(solve(target)).isEqualTo(made);
        assertThat(started()).isEmpty();
        assertThat(events).filteredOn(Progress.Event.Cached.class::isInstance).hasSize(2);
    }

    @Test
    void doesOnlyWhatFollowsAChangedFileAndSaysWhichItWas() throws Exception {
        Files.writeString(context.resolve("a"), "same");
        Files.writeString(context.resolve("b"), "old");
        Files.writeString(context.resolve("c"), "same");
        Operation target = copy(copy(copy(base(), "a", "/"), "b", "/"), "c", "/");
        solve(target);
        Files.writeString(context.resolve("b"), "new");
        assertThat(read(solve(target), "b")).isEqualTo("new");
        assertThat(started()).containsExactly("COPY b: file b changed", "COPY c: the step before changed");
    }

    @Test
    void makesEqualBasesOnceAndUnneededOnesNever() throws Exception {
        AtomicInteger made = new AtomicInteger();
        Unpacking counted = root -> Files.writeString(root.resolve("number"), "" + made.incrementAndGet());
        base("unneeded", counted);
        Snapshot result = solve(copyFrom(base("one", counted), base("one", counted), "number", "/copied"));
        assertThat(read(result, "number") + read(result, "copied")).isEqualTo("11");
    }

    @Test
    void ignoresResultsButThoseOfBases() throws Exception {
        Files.writeString(context.resolve("a"), "a");
        Operation target = copy(base(), "a", "/");
        Snapshot first = solve(target);
        events.clear();
        Snapshot second = new Solver(state, snapshots, work, true).solve(target, events::add);
        assertThat(started()).containsExactly("COPY a: earlier results are not to be used");
        assertThat(second).isNotEqualTo(first);
        assertThat(solve(target)).as("the newest is kept").isEqualTo(second);
    }

    @Test
    void solversSideBySideMakeABaseOnceBetweenThem() throws Exception {
        AtomicInteger made = new AtomicInteger();
        Operation target = base("slow", root -> {
            made.incrementAndGet();
            Thread.sleep(200);
        });
        Callable<Snapshot> solving = () -> {
            try (WorkDirectory own = WorkDirectory.open(state, note -> {})) {
                return new Solver(state, snapshots, own, false).solve(target, Progress.SILENT);
            }
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<Snapshot> one = threads.submit(solving);
            Future<Snapshot> other = threads.submit(solving);
            assertThat(one.get()).isEqualTo(other.get());
        }
        assertThat(made).hasValue(1);
    }

    @Test
    void theFirstFailureEndsWhatRunsBesideIt() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Operation slow = base("slow", root -> {
            waiting.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
            }
        });
        Operation failing = base("failing", root -> {
            Files.writeString(root.resolve("half"), "half");
            waiting.await();
            throw FaultException.remote("The archive went away.", null);
        });
        assertThatThrownBy(() -> solve(copyFrom(slow, failing, "half", "/"))).hasMessage("The archive went away.");
        assertThat(interrupted).isTrue();
        assertThat(state.snapshots()).isEmptyDirectory();
    }

    @Test
    void makesNoMoreAtOnceThanItMay() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch two = new CountDownLatch(2);
        Operation target = base();
        for (int number = 0; number < 5; number++) {
            String name = "file" + number;
            Operation one = base(name, root -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                two.countDown();
                two.await();
                Files.writeString(root.resolve(name), name);
                running.decrementAndGet();
            });
            target = copyFrom(target, one, name, "/");
        }
        new Solver(state, snapshots, work, operation -> false, StepLimits.USUAL, StepCredentials.NONE, 2)
                .solve(target, Progress.SILENT);
        assertThat(most).hasValue(2);
    }

    @Test
    void copiesWhatTheFilterLeaves() throws Exception {
        Files.createDirectories(context.resolve("d/secret"));
        Files.writeString(context.resolve("d/secret/key"), "key");
        Files.writeString(context.resolve("d/open"), "open");
        PathFilter filter = new PathFilter() {
            @Override
            public boolean includes(String path) {
                return !path.startsWith("d/secret");
            }

            @Override
            public boolean enters(String entered) {
                return includes(entered);
            }
        };
        Snapshot made = solve(copy(base(), filter, ".", "/all/"));
        assertThat(read(made, "all/d/open")).isEqualTo("open");
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            assertThat(view.root().resolve("all/d/secret")).doesNotExist();
        }
        assertThatThrownBy(() -> solve(copy(base(), filter, "d/secret/key", "/")))
                .hasMessage("Dockerfile:1: there is no d/secret/key in the build context.");
    }

    @Test
    void refusesToReplaceADirectoryByAFile() throws Exception {
        Files.writeString(context.resolve("etc"), "no directory");
        Operation input = base("with etc", root -> Files.createDirectory(root.resolve("etc")));
        assertThatThrownBy(() -> solve(copy(input, ".", "/")))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("/etc is a directory, but the copy has a file there");
    }
}
