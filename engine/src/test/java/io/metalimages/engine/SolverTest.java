package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.files.ModeChange;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The solver with its real parts, overlayfs and an OCI runtime. {@link GraphTest} has what can be tested without them. */
class SolverTest {

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private Busybox busybox;
    private Path context;
    private final List<Progress.Event> events = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void prepare() throws Exception {
        busybox = new Busybox(directory);
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
        context = Files.createDirectories(directory.resolve("context"));
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        if (work != null) {
            work.close();
            assertThat(Mounts.mountedBelow(directory)).isEmpty();
            assertThat(work.path()).doesNotExist();
        }
    }

    private Snapshot solve(Operation target) throws IOException, InterruptedException {
        events.clear();
        return new Solver(state, snapshots, work, false).solve(target, events::add);
    }

    private List<String> started() {
        return events.stream()
                .filter(Progress.Event.Started.class::isInstance)
                .map(event -> ((Progress.Event.Started) event).step().name())
                .toList();
    }

    private String reasonFor(String name) {
        return events.stream()
                .filter(Progress.Event.Started.class::isInstance)
                .map(Progress.Event.Started.class::cast)
                .filter(event -> event.step().name().equals(name))
                .findFirst()
                .orElseThrow()
                .reason();
    }

    private <T> T inside(Snapshot snapshot, Look<T> look) throws IOException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
            return look.at(view.root());
        }
    }

    @FunctionalInterface
    private interface Look<T> {
        T at(Path root) throws IOException;
    }

    private String read(Snapshot snapshot, String path) throws IOException {
        return inside(snapshot, root -> Files.readString(root.resolve(path)));
    }

    @Test
    void logsAndRecordsAreForTheirOwnerOnly() throws Exception {
        solve(Busybox.run(busybox.root(), "echo a build argument"));
        for (Path kind : List.of(state.logs(), state.actions(), state.history())) {
            try (Stream<Path> files = Files.list(kind)) {
                assertThat(files)
                        .as(kind.toString())
                        .isNotEmpty()
                        .allSatisfy(
                                file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                                        .isEqualTo("rw-------"));
            }
        }
    }

    @Test
    void runsOneStepOnTheResultOfTheOther() throws Exception {
        Operation first = Busybox.run(busybox.root(), "echo one > /file");
        Snapshot made = solve(Busybox.run(first, "echo two >> /file"));

        assertThat(read(made, "file")).isEqualTo("one\ntwo\n");
        assertThat(made.layers()).hasSize(3);
    }

    @Test
    void stacksFiveHundredStepsAndRefusesOneMoreBeforeItRunsAny() throws Exception {
        Operation target = busybox.root();
        for (int step = 2; step <= 500; step++) {
            target = new Operation.MakeDirectory(
                    new Operation.Label("WORKDIR /" + step, "Dockerfile:" + step, "step " + step),
                    target,
                    "/" + step,
                    "");
        }
        Operation oneMore = new Operation.MakeDirectory(
                new Operation.Label("WORKDIR /more", "Dockerfile:501", "step 501"), target, "/more", "");
        assertThatThrownBy(() -> solve(oneMore)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault)
                    .hasMessage("Dockerfile:501: WORKDIR /more would be layer 501 of its file system, and overlayfs"
                            + " stacks 500.");
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
        });
        assertThat(started()).isEmpty();

        Snapshot made = solve(target);
        assertThat(made.layers()).hasSize(500);
        List<String> directories = inside(made, root -> {
            try (var entries = Files.list(root)) {
                return entries.map(entry -> entry.getFileName().toString())
                        .filter(name -> name.matches("[0-9]+"))
                        .toList();
            }
        });
        assertThat(directories).hasSize(499);
    }

    @Test
    void runsNothingASecondTime() throws Exception {
        Operation target = Busybox.run(busybox.root(), "echo one > /file");
        Snapshot first = solve(target);
        assertThat(started()).hasSize(2);

        assertThat(solve(target)).isEqualTo(first);
        assertThat(started()).isEmpty();
        assertThat(events).filteredOn(Progress.Event.Cached.class::isInstance).hasSize(2);
    }

    @Test
    void runsEverythingAgainWhenResultsAreToBeIgnored() throws Exception {
        Operation target = Busybox.run(busybox.root(), "cat /proc/sys/kernel/random/uuid > /file");
        Snapshot first = solve(target);
        Snapshot second = new Solver(state, snapshots, work, true).solve(target, Progress.SILENT);

        assertThat(read(second, "file")).isNotEqualTo(read(first, "file"));
        assertThat(solve(target))
                .as("the newest result is the one that is kept")
                .isEqualTo(second);
    }

    @Test
    void runsOnlyWhatFollowsAChangedFileAndSaysWhichItWas() throws Exception {
        Files.writeString(context.resolve("a"), "old");
        Files.writeString(context.resolve("b"), "same");
        Operation before = Busybox.run(busybox.root(), "echo before > /before");
        Operation target = Busybox.run(Busybox.copy(before, context, List.of("."), "/copied/"), "cat /copied/* > /all");
        solve(target);

        Files.writeString(context.resolve("a"), "new");
        assertThat(read(solve(target), "all")).isEqualTo("newsame");
        assertThat(started()).containsExactly("COPY .", "RUN cat /copied/* > /all");
        assertThat(reasonFor("COPY .")).isEqualTo("file a changed");
        assertThat(reasonFor("RUN cat /copied/* > /all")).isEqualTo("the step before changed");
    }

    @Test
    void runsAgainWhenTheFirstOfTwoBindMountsChanged() throws Exception {
        Operation second =
                Busybox.copy(new Operation.Scratch(Busybox.label("scratch")), written("b", "same"), List.of("."), "/");
        for (String content : List.of("old", "new")) {
            Operation first = Busybox.copy(
                    new Operation.Scratch(Busybox.label("scratch")), written("a", content), List.of("."), "/");
            Snapshot made = solve(Busybox.run(
                    busybox.root(),
                    "cat /one/file /two/file > /all",
                    new Operation.Mount.Bind("/one", new Operation.FileSource.OfOperation(first), "/"),
                    new Operation.Mount.Bind("/two", new Operation.FileSource.OfOperation(second), "/")));
            assertThat(read(made, "all")).isEqualTo(content + "same");
        }
        assertThat(reasonFor("RUN cat /one/file /two/file > /all")).isEqualTo("file file of mount 1 changed");
    }

    private Path written(String name, String content) throws IOException {
        Path place = Files.createDirectories(directory.resolve(name));
        Files.writeString(place.resolve("file"), content);
        return place;
    }

    @Test
    void runsAgainWhenTheArgumentsAreDividedInAnotherWay() throws Exception {
        Operation root = busybox.root();
        Snapshot one = solve(touching(root, "/a, /b"));
        Snapshot two = solve(touching(root, "/a", "/b"));
        assertThatObject(inside(one, view -> Files.exists(view.resolve("b")))).isEqualTo(false);
        assertThatObject(inside(two, view -> Files.exists(view.resolve("b")))).isEqualTo(true);
    }

    private static Operation touching(Operation input, String... files) {
        List<String> arguments = new ArrayList<>(List.of("/bin/busybox", "mkdir", "-p"));
        arguments.addAll(List.of(files));
        return new Operation.Run(
                Busybox.label("RUN mkdir"), input, arguments, Map.of(), "/", "", Network.HOST, List.of());
    }

    @Test
    void runsAgainWhenTheTargetOfAMountChanged() throws Exception {
        Operation root = busybox.root();
        String script = "if [ -e /m/script ]; then echo there > /seen; else echo none > /seen; fi";
        Snapshot there = solve(Busybox.run(root, script, new Operation.Mount.Inline("/m/script", "x", 0644)));
        Snapshot none = solve(Busybox.run(root, script, new Operation.Mount.Inline("/n/script", "x", 0644)));
        assertThat(read(there, "seen") + read(none, "seen")).isEqualTo("there\nnone\n");
        assertThat(reasonFor("RUN " + script)).isEqualTo("the target of mount 1 changed");
    }

    @Test
    void runsIndependentStepsSideBySide() throws Exception {
        Operation.Mount cache = new Operation.Mount.Cache("/meet", "meet", Operation.Sharing.SHARED, 0755, 0, 0);
        String waitFor = "i=0; while [ ! -e /meet/%s ]; do i=$((i+1)); [ $i -lt 600 ]; sleep 0.1; done; echo met > /%s";
        Operation root = busybox.root();
        Operation left = Busybox.run(root, "touch /meet/left; " + waitFor.formatted("right", "left"), cache);
        Operation right = Busybox.run(root, "touch /meet/right; " + waitFor.formatted("left", "right"), cache);

        Snapshot made = solve(Busybox.copyFrom(left, right, "/right", "/"));
        assertThat(read(made, "left") + read(made, "right")).isEqualTo("met\nmet\n");
    }

    @Test
    void locksTwoCachesInOneOrderWhoeverNamesThem() throws Exception {
        Operation.Mount one = new Operation.Mount.Cache("/one", "one", Operation.Sharing.LOCKED, 0755, 0, 0);
        Operation.Mount two = new Operation.Mount.Cache("/two", "two", Operation.Sharing.LOCKED, 0755, 0, 0);
        Operation left = busybox.root();
        Operation right = left;
        for (int step = 0; step < 5; step++) {
            left = Busybox.run(left, "echo left >> /steps", one, two);
            right = Busybox.run(right, "echo right >> /steps", two, one);
        }
        Snapshot made = solve(Busybox.copyFrom(left, right, "/steps", "/right"));
        assertThat(read(made, "right")).isEqualTo("right\n".repeat(5));
    }

    @Test
    void theFirstFailureEndsTheOthersAndIsWhatIsTold() throws Exception {
        Operation.Mount cache = new Operation.Mount.Cache("/meet", "meet", Operation.Sharing.SHARED, 0755, 0, 0);
        Operation root = busybox.root();
        Operation slow = Busybox.run(root, "touch /meet/slow; sleep 613", cache);
        Operation failing = Busybox.run(root, "while [ ! -e /meet/slow ]; do sleep 0.1; done; exit 3", cache);

        assertThatThrownBy(() -> solve(Busybox.copyFrom(slow, failing, "/", "/x/")))
                .isInstanceOfSatisfying(
                        StepFailedException.class,
                        failure -> assertThat(failure.status()).isEqualTo(3));
        assertThat(events)
                .filteredOn(Progress.Event.Finished.class::isInstance)
                .as("only the root was finished")
                .hasSize(1);
        assertThat(events).filteredOn(Progress.Event.Failed.class::isInstance).hasSize(1);
        assertThat(sleepers("613")).isEmpty();
    }

    @Test
    void runsNoMoreStepsAtOnceThanItMay() throws Exception {
        Operation root = busybox.root();
        Operation target = root;
        for (int step = 0; step < 5; step++) {
            target = Busybox.copyFrom(target, Busybox.run(root, "sleep 0.2; echo > /" + step), "/" + step, "/");
        }
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        new Solver(state, snapshots, work, operation -> false, StepLimits.USUAL, StepCredentials.NONE, 2)
                .solve(target, event -> {
                    if (event instanceof Progress.Event.Started) {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    } else if (event instanceof Progress.Event.Finished) {
                        running.decrementAndGet();
                    }
                });
        assertThat(most).hasValue(2);
    }

    @Test
    void runsOneAtATimeWhatLocksACache() throws Exception {
        Operation.Mount cache = new Operation.Mount.Cache("/alone", "alone", Operation.Sharing.LOCKED, 0755, 0, 0);
        String alone = "mkdir /alone/here; sleep 0.3; rmdir /alone/here; echo %s > /done";
        Operation root = busybox.root();
        Operation left = Busybox.run(root, alone.formatted("left"), cache);
        Operation right = Busybox.run(root, alone.formatted("right"), cache);

        assertThat(read(solve(Busybox.copyFrom(left, right, "/done", "/other")), "other"))
                .isEqualTo("right\n");
    }

    @Test
    void doesEqualStepsOnce() throws Exception {
        Operation root = busybox.root();
        Operation one = Busybox.run(root, "cat /proc/sys/kernel/random/uuid > /made");
        Operation same = Busybox.run(root, "cat /proc/sys/kernel/random/uuid > /made");

        Snapshot made = solve(Busybox.copyFrom(one, same, "/made", "/copied"));
        assertThat(read(made, "copied")).isEqualTo(read(made, "made"));
    }

    @Test
    void solversSideBySideDoOneStepBetweenThem() throws Exception {
        Operation target = Busybox.run(busybox.root(), "sleep 0.5; cat /proc/sys/kernel/random/uuid > /made");
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
    }

    @Test
    void showsTheTargetsOwnFileSystemWhileProgramsRunOnIt() throws Exception {
        Operation aside = Busybox.run(busybox.root(), "echo aside > /aside");
        Operation first = Busybox.run(
                busybox.root(),
                "echo first > /first; i=0; while [ ! -e /seen ]; do i=$((i+1)); [ $i -lt 600 ]; sleep 0.1; done");
        Operation target = Busybox.run(Busybox.copyFrom(first, aside, "/aside", "/"), "echo last > /last");
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        FileSystemListener listener = (root, begun) -> {
            Thread looking = Thread.ofPlatform().start(() -> {
                while (!Files.exists(root.resolve("first"))) {
                    Thread.onSpinWait();
                }
                seen.add(Files.exists(root.resolve("aside")) ? "last" : "first");
                letTheStepGoOn(root);
            });
            return () -> joined(looking);
        };

        new Solver(state, snapshots, work, false).solve(target, Progress.SILENT, listener);
        assertThat(seen).containsExactly("first", "last");
        new Solver(state, snapshots, work, false).solve(target, Progress.SILENT, listener);
        assertThat(seen).as("nothing runs any more").hasSize(2);
    }

    private static void letTheStepGoOn(Path root) {
        try {
            Files.writeString(root.resolve("seen"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void joined(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void removedFilesAreGone() throws Exception {
        Operation made = Busybox.run(busybox.root(), "mkdir -p /d/e; echo x > /d/e/f; echo y > /g");
        Operation removed = Busybox.run(made, "rm /g; rm -r /d; mkdir /d; echo z > /d/h");

        List<String> left = inside(solve(removed), root -> {
            try (var entries = Files.walk(root.resolve("d"))) {
                return entries.map(path -> root.relativize(path).toString())
                        .sorted()
                        .toList();
            }
        });
        assertThat(left).containsExactly("d", "d/h");
    }

    @Test
    void leavesNoTraceOfItsMounts() throws Exception {
        Operation.Mount cache =
                new Operation.Mount.Cache("/var/cache/apt", "apt", Operation.Sharing.SHARED, 0755, 0, 0);
        Operation.Mount memory = new Operation.Mount.Temporary("/scratch", Optional.of(1L << 20));
        Snapshot made = solve(Busybox.run(
                busybox.root(),
                "echo kept > /var/cache/apt/list; echo lost > /scratch/x; cat /etc/resolv.conf",
                cache,
                memory));

        for (String path : List.of("var", "scratch", "etc/resolv.conf", "etc/hosts", "proc", "dev", "sys")) {
            assertThatObject(inside(made, root -> Files.exists(root.resolve(path), LinkOption.NOFOLLOW_LINKS)))
                    .as(path)
                    .isEqualTo(false);
        }
        Snapshot next = solve(Busybox.run(busybox.root(), "cat /var/cache/apt/list > /seen", cache));
        assertThat(read(next, "seen")).isEqualTo("kept\n");
    }

    @Test
    void aFailedStepTellsWhatItSaidAndCanBeLookedInto() throws Exception {
        Operation target = Busybox.run(busybox.root(), "echo progress > /half; echo something is wrong; exit 7");

        assertThatThrownBy(() -> solve(target)).isInstanceOfSatisfying(StepFailedException.class, failure -> {
            assertThat(failure.status()).isEqualTo(7);
            assertThat(failure.lastLines()).containsExactly("something is wrong");
            assertThat(failure.log()).hasContent("something is wrong");
            assertThat(failure.step().location()).isEqualTo("Dockerfile:1");
            assertThat(failure.category()).isEqualTo(FaultException.Category.FAILED_WORK);
        });
        String key = events.stream()
                .filter(Progress.Event.Failed.class::isInstance)
                .map(event ->
                        ((Progress.Event.Failed) event).log().getFileName().toString())
                .findFirst()
                .orElseThrow()
                .substring(0, 12);
        assertThat(read(snapshots.findFailed(key, work).orElseThrow(), "half")).isEqualTo("progress\n");
        assertThat(snapshots.findFailed("0000", work)).isEmpty();

        assertThatThrownBy(() -> solve(target))
                .as("a failure is not kept as a result")
                .isInstanceOf(StepFailedException.class);
    }

    @Test
    void runsAsTheUserThatIsNamed() throws Exception {
        Operation root = Busybox.run(busybox.root(), "mkdir -m 0777 /open");
        String tell = "id -u > /open/u; id -g > /open/g; id -G > /open/gs";
        Snapshot made = solve(Busybox.run(root, tell, "frr", Network.HOST));
        assertThat(read(made, "open/u") + read(made, "open/g") + read(made, "open/gs"))
                .isEqualTo("101\n102\n102 103\n");

        Snapshot numeric = solve(Busybox.run(root, tell, "7:8", Network.HOST));
        assertThat(read(numeric, "open/u") + read(numeric, "open/g")).isEqualTo("7\n8\n");

        assertThatThrownBy(() -> solve(Busybox.run(root, tell, "nobody-known", Network.HOST)))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("no user nobody-known");
    }

    @Test
    void seesNothingOfTheHost() throws Exception {
        Snapshot made = solve(Busybox.run(
                busybox.root(),
                "echo $$ > /pid; hostname > /name; env | sort > /env; mount -t tmpfs none /bin 2> /refused ||"
                        + " true; ls /proc/1/root/bin > /bins"));

        assertThat(read(made, "pid")).isEqualTo("1\n");
        assertThat(read(made, "name")).isEqualTo("build\n");
        assertThat(read(made, "env").lines().map(line -> line.replaceFirst("=.*", "")))
                .containsExactlyInAnyOrder("GREETING", "HOME", "PATH", "PWD", "SHLVL");
        assertThat(read(made, "refused")).contains("denied");
        assertThat(read(made, "bins")).isEqualTo("busybox\nsh\n");
    }

    @Test
    void hasNoNetworkWhereNoneIsWanted() throws Exception {
        Snapshot made = solve(Busybox.run(busybox.root(), "ls /sys/class/net > /interfaces", "", Network.NONE));
        assertThat(read(made, "interfaces")).isEqualTo("lo\n");
    }

    @Test
    void isInterruptedWithoutLeavingAnythingRunning() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Operation target = Busybox.run(busybox.root(), "trap '' TERM; echo running; sleep 98765");
        Thread solving = Thread.ofPlatform().start(() -> {
            try {
                new Solver(state, snapshots, work, false).solve(target, event -> {
                    if (event instanceof Progress.Event.Output) {
                        running.countDown();
                    }
                });
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        running.await();
        solving.interrupt();
        solving.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(sleepers("98765")).isEmpty();
    }

    @Test
    void copiesWhatAFileIsAndNotOnlyItsContent() throws Exception {
        Path source = Files.createDirectories(context.resolve("from"));
        Files.writeString(source.resolve("setuid"), "#!/bin/sh\n");
        Files.setAttribute(source.resolve("setuid"), "unix:uid", 12);
        Files.setAttribute(source.resolve("setuid"), "unix:mode", 04755);
        byte[] capability = HexFormat.of().parseHex("0100000200200000000000000000000000000000");
        Files.writeString(source.resolve("ping"), "x");
        ExtendedAttributes.write(source.resolve("ping"), "security.capability", capability);
        Files.createSymbolicLink(source.resolve("link"), Path.of("/outside/of/it"));
        Files.createLink(source.resolve("second"), source.resolve("ping"));

        Snapshot made = solve(Busybox.copy(busybox.root(), context, List.of("from"), "/to"));
        assertThatObject(inside(made, root -> Files.getAttribute(root.resolve("to/setuid"), "unix:mode")))
                .isEqualTo(0104755);
        assertThatObject(inside(made, root -> Files.getAttribute(root.resolve("to/setuid"), "unix:uid")))
                .as("owners of this machine's files mean nothing in an image")
                .isEqualTo(0);
        assertThatObject(inside(
                        made,
                        root -> ExtendedAttributes.read(root.resolve("to/ping"))
                                .getOrDefault("security.capability", new byte[0])))
                .isEqualTo(capability);
        assertThatObject(inside(
                        made,
                        root -> Files.readSymbolicLink(root.resolve("to/link")).toString()))
                .isEqualTo("/outside/of/it");
        assertThatObject(inside(made, root -> Files.isSameFile(root.resolve("to/second"), root.resolve("to/ping"))))
                .isEqualTo(true);
    }

    @Test
    void copiesNeverFollowLinksOutOfTheRoot() throws Exception {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Operation trap = Busybox.run(
                busybox.root(), "ln -s " + outside + " /trap; ln -s ../../../../../../../.." + outside + " /up");
        Files.writeString(context.resolve("a"), "a");

        Snapshot made = solve(
                Busybox.copy(Busybox.copy(trap, context, List.of("a"), "/trap/"), context, List.of("a"), "/up/b"));
        assertThat(outside).isEmptyDirectory();
        assertThatObject(inside(
                        made,
                        root -> Files.exists(
                                root.resolve(outside.toString().substring(1)).resolve("a"))))
                .as("followed inside the root instead")
                .isEqualTo(true);
    }

    @Test
    void copiesWithWildcardsOwnerAndMode() throws Exception {
        for (String name : List.of("a.conf", "b.conf", "c.txt", "{d}.conf")) {
            Files.writeString(context.resolve(name), name);
        }
        Operation.Copy copy = new Operation.Copy(
                Busybox.label("COPY"),
                busybox.root(),
                List.of(Operation.Source.of(
                        new Operation.FileSource.Directory("the build context", context, PathFilter.ALL, false),
                        List.of("[^c]*.conf"))),
                "/etc/frr/",
                "frr:vty",
                ModeChange.parse("0640"));
        Snapshot made = solve(copy);

        List<String> listing = inside(made, root -> {
            try (var entries = Files.list(root.resolve("etc/frr"))) {
                List<String> lines = new ArrayList<>();
                for (Path entry : entries.sorted().toList()) {
                    var status = FileStatus.of(entry);
                    lines.add(entry.getFileName() + " " + Integer.toOctalString(status.permissions()) + " "
                            + status.user() + ":" + status.group());
                }
                return lines;
            }
        });
        assertThat(listing).containsExactly("a.conf 640 101:103", "b.conf 640 101:103", "{d}.conf 640 101:103");
    }

    private static List<String> sleepers(String seconds) throws IOException {
        List<String> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path commandLine = Path.of("/proc", Long.toString(process.pid()), "cmdline");
            try {
                String text = Files.readString(commandLine);
                if (text.contains("sleep") && text.contains(seconds)) {
                    found.add(process.pid() + " " + text);
                }
            } catch (IOException gone) {
                assertThat(process.isAlive()).isFalse();
            }
        }
        return found;
    }
}
