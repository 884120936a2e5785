package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.KeyLocks;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.exec.MountStubs;
import io.metalimages.engine.exec.OciRuntime;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.files.Accounts;
import io.metalimages.engine.files.FileCopier;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.files.SourceFiles;
import io.metalimages.engine.snapshot.Origin;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.CacheMounts;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs single operations on the results of their inputs. Thread-safe. */
final class StepRunner {

    static final Snapshot SCRATCH = new Snapshot("", List.of(), Instant.MAX);

    private static final int LAST_LINES = 20;
    private static final int KILLED = 128 + 9;
    private static final Pattern NO_MORE_PROCESSES =
            Pattern.compile("(?i)fork.*(resource temporarily unavailable|cannot|can't)|can(no|')t fork");

    private final CacheMounts caches;
    private final SnapshotStore snapshots;
    private final WorkDirectory work;
    private final StepLimits limits;
    private final StepCredentials credentials;
    private final StepSources sources;
    private final KeyLocks cacheLocks;
    private final LayerStack layerStack;

    /** What the sources of copies were when the copies' keys were made, for as long as those have not been done. */
    private final Map<Operation.Source, Map<String, String>> decidedOn =
            Collections.synchronizedMap(new IdentityHashMap<>());

    @Nullable
    private OciRuntime runtime;

    StepRunner(
            StateDirectory state,
            SnapshotStore snapshots,
            WorkDirectory work,
            StepLimits limits,
            StepCredentials credentials) {
        this.limits = limits;
        this.credentials = credentials;
        this.sources = new StepSources(snapshots, work);
        this.caches = new CacheMounts(state, work);
        this.snapshots = snapshots;
        this.work = work;
        this.cacheLocks = KeyLocks.distinct(state.locks("caches"));
        this.layerStack = new LayerStack(snapshots, work, KeyLocks.shared(state.locks("layers")));
    }

    /** The key of what the operation makes from {@code inputs}. */
    CacheKey key(Operation operation, IdentityHashMap<Operation, Snapshot> inputs) throws IOException {
        return CacheKey.of(operation, new CacheKey.Inputs() {
            @Override
            public String result(Operation input) {
                return of(inputs, input).id();
            }

            @Override
            public CacheKey.SourceContent content(Operation.Source source, String location) throws IOException {
                try (StepSources.Tree tree = sources.open(source.from(), input -> of(inputs, input))) {
                    List<SourceFiles.Match> matches = tree.files().find(source.patterns(), location);
                    if (source.required().isPresent()) {
                        tree.files().findExactly(source.required().get(), location);
                    }
                    SortedMap<String, String> fingerprints =
                            tree.files().fingerprints(matches, source.within(), location);
                    if (source.from() instanceof Operation.FileSource.Directory) {
                        decidedOn.put(source, fingerprints);
                    }
                    return content(matches, fingerprints);
                }
            }

            @Override
            public CacheKey.SourceContent mounted(Operation.FileSource source, String path, String location)
                    throws IOException {
                try (StepSources.Tree tree = sources.mounted(source, input -> of(inputs, input), location)) {
                    List<SourceFiles.Match> matches = List.of(tree.files().findExactly(path, location));
                    return content(matches, tree.files().fingerprints(matches, PathFilter.ALL, location));
                }
            }

            private static CacheKey.SourceContent content(
                    List<SourceFiles.Match> matches, SortedMap<String, String> fingerprints) {
                return new CacheKey.SourceContent(
                        matches.stream().map(SourceFiles.Match::described).toList(), fingerprints);
            }
        });
    }

    private static Snapshot of(IdentityHashMap<Operation, Snapshot> inputs, Operation input) {
        Snapshot snapshot = given(input).orElse(inputs.get(input));
        if (snapshot == null) {
            throw new IllegalStateException(
                    "The input was not made: " + input.label().name());
        }
        return snapshot;
    }

    /** What is there without a step. */
    static Optional<Snapshot> given(Operation operation) {
        return switch (operation) {
            case Operation.Scratch _ -> Optional.of(SCRATCH);
            case Operation.Kept kept -> Optional.of(kept.snapshot());
            case Operation.Base _, Operation.Layers _, Operation.Run _, Operation.Copy _, Operation.MakeDirectory _ ->
                Optional.empty();
        };
    }

    /** Runs the operation, with its output in {@code log}, and keeps what it made. */
    Snapshot run(
            Operation operation,
            Step step,
            CacheKey key,
            IdentityHashMap<Operation, Snapshot> inputs,
            Path log,
            Progress progress,
            FileSystemListener listener)
            throws IOException, InterruptedException {
        Instant begun = Instant.now();
        Origin origin = origin(operation.label(), key);
        try (Output output = new Output(step, log, limits.log(), progress)) {
            Snapshot snapshot = switch (operation) {
                case Operation.Scratch scratch -> SCRATCH;
                case Operation.Kept kept -> kept.snapshot();
                case Operation.Base base -> unpack(base, origin, begun, output);
                case Operation.Layers layers -> layerStack.make(layers, begun, output);
                case Operation.Run run -> run(run, step, origin, inputs, begun, output, log, listener);
                case Operation.Copy copy ->
                    change(origin, of(inputs, copy.input()), begun, root -> copy(copy, inputs, root));
                case Operation.MakeDirectory directory ->
                    change(
                            origin,
                            of(inputs, directory.input()),
                            begun,
                            root -> FileCopier.makeDirectory(
                                    root,
                                    directory.path(),
                                    Accounts.of(root, directory.label().location())
                                            .owner(directory.owner()),
                                    directory.label().location()));
            };
            progress.report(new Progress.Event.Finished(step, Duration.between(begun, Instant.now())));
            return snapshot;
        } catch (FaultException | IOException e) {
            progress.report(new Progress.Event.Failed(step, Duration.between(begun, Instant.now()), log));
            throw e;
        }
    }

    static Origin origin(Operation.Label label, CacheKey key) {
        SequencedMap<String, String> components = new LinkedHashMap<>();
        key.components().forEach((name, value) -> components.put(name, value.hex()));
        return new Origin(key.digest().hex(), label.name(), label.location(), label.identity(), components);
    }

    private Snapshot unpack(Operation.Base base, Origin origin, Instant begun, Output output)
            throws IOException, InterruptedException {
        Path layer = Files.createDirectory(work.newDirectory("base").resolve("root"));
        base.source().unpack(layer, work.launcher(), output);
        return snapshots.commit(origin, SCRATCH, layer, begun, work);
    }

    /** Something that writes to a root file system. */
    @FunctionalInterface
    private interface Change {
        void apply(RootDirectory root) throws IOException;
    }

    private Snapshot change(Origin origin, Snapshot input, Instant begun, Change change)
            throws IOException, InterruptedException {
        Path upper;
        try (SnapshotStore.Prepared changes = snapshots.prepare(input, work)) {
            upper = changes.changes();
            try (RootDirectory root = RootDirectory.open(changes.root())) {
                change.apply(root);
            }
        }
        return snapshots.commit(origin, input, upper, begun, work);
    }

    private void copy(Operation.Copy copy, IdentityHashMap<Operation, Snapshot> inputs, RootDirectory root)
            throws IOException {
        String location = copy.label().location();
        Accounts accounts = Accounts.of(root, location);
        Optional<Accounts.Ids> owner =
                copy.owner().isEmpty() ? Optional.empty() : Optional.of(accounts.owner(copy.owner()));
        for (Operation.Source source : copy.sources()) {
            if (source.from() instanceof Operation.FileSource.Inline(Map<String, String> contents)) {
                FileCopier copier = new FileCopier(root, location, owner, copy.mode(), false);
                for (String name : source.patterns()) {
                    copier.write(contents.getOrDefault(name, ""), copy.destination(), name);
                }
                continue;
            }
            try (StepSources.Tree tree = sources.open(source.from(), input -> of(inputs, input))) {
                new FileCopier(root, location, owner, copy.mode(), tree.keepTimes())
                        .copy(
                                tree.files(),
                                tree.files().find(source.patterns(), location),
                                source.within(),
                                source.unpack(),
                                copy.destination(),
                                Optional.ofNullable(decidedOn.remove(source)));
            }
        }
    }

    private Snapshot run(
            Operation.Run run,
            Step step,
            Origin origin,
            IdentityHashMap<Operation, Snapshot> inputs,
            Instant begun,
            Output output,
            Path log,
            FileSystemListener listener)
            throws IOException, InterruptedException {
        Snapshot input = of(inputs, run.input());
        int status;
        Path upper;
        try (SnapshotStore.Prepared changes = snapshots.prepare(input, work)) {
            upper = changes.changes();
            Instant lowestBegun = input.layers().isEmpty() ? begun : input.begun();
            try (FileSystemListener.Watch _ = listener.watch(changes.root(), lowestBegun)) {
                status = withMounts(run, inputs, mounts -> runContainer(run, changes.root(), mounts, output));
            }
        }
        if (status != 0) {
            snapshots.commitFailed(origin, input, upper, begun, work);
            throw new StepFailedException(
                    step, status, limit(status, output.lastLines()), output.lastLines(), log, new Digest(origin.key()));
        }
        return snapshots.commit(origin, input, upper, begun, work);
    }

    private int runContainer(Operation.Run run, Path root, StepMounts mounts, Consumer<String> output)
            throws IOException, InterruptedException {
        try (RootDirectory opened = RootDirectory.open(root)) {
            return runContainer(run, root, opened, mounts, output);
        }
    }

    private int runContainer(
            Operation.Run run, Path root, RootDirectory opened, StepMounts mounts, Consumer<String> output)
            throws IOException, InterruptedException {
        String location = run.label().location();
        Accounts.Ids user = Accounts.of(opened, location).find(run.user());
        FileCopier.makeDirectory(opened, run.workingDirectory(), user, location);
        MountStubs stubs = new MountStubs(
                opened,
                Stream.concat(
                                OciRuntime.OWN_TARGETS.stream(),
                                mounts.mounts().stream().map(OciRuntime.BindMount::target))
                        .toList(),
                location);
        Map<String, String> environment = new HashMap<>(run.environment());
        environment.putAll(mounts.variables());
        int status = runtime()
                .run(
                        new OciRuntime.Container(
                                root,
                                run.arguments(),
                                environment,
                                run.workingDirectory(),
                                user,
                                run.network(),
                                mounts.mounts()),
                        limits,
                        output);
        stubs.remove();
        return status;
    }

    /** Which limit ended a step, so far as that shows; empty if none seems to have. */
    private String limit(int status, List<String> lastLines) {
        if (status == OciRuntime.LATE) {
            return "ran longer than " + limits.time().toSeconds() + " s and was ended (--step-timeout).";
        }
        if (status == KILLED && limits.memory().isPresent()) {
            return "was killed, probably as it needed more than "
                    + limits.memory().getAsLong() + " bytes of memory (--step-memory).";
        }
        if (lastLines.stream().anyMatch(line -> NO_MORE_PROCESSES.matcher(line).find())) {
            return "failed with exit status " + status + ", probably as it needed more than " + limits.processes()
                    + " processes at once (--step-processes).";
        }
        return "";
    }

    private synchronized OciRuntime runtime() throws IOException, InterruptedException {
        if (runtime == null) {
            runtime = OciRuntime.find(work);
        }
        return runtime;
    }

    /** What a container is run with once its mounts are there. */
    @FunctionalInterface
    private interface MountedRun {
        int run(StepMounts mounts) throws IOException, InterruptedException;
    }

    private int withMounts(Operation.Run run, IdentityHashMap<Operation, Snapshot> inputs, MountedRun mountedRun)
            throws IOException, InterruptedException {
        try (StepMounts mounts = new StepMounts(
                sources,
                snapshots,
                caches,
                credentials,
                work,
                input -> of(inputs, input),
                run.label().location())) {
            for (Operation.Mount mount : run.mounts()) {
                mounts.add(mount);
            }
            return whileLocked(mounts.locked(), () -> mountedRun.run(mounts));
        }
    }

    private int whileLocked(List<String> names, KeyLocks.Work<Integer> action)
            throws IOException, InterruptedException {
        if (names.isEmpty()) {
            return action.perform();
        }
        return cacheLocks.exclusively(names.getFirst(), () -> whileLocked(names.subList(1, names.size()), action));
    }

    /** A step's output on its way to the log and to whoever watches. */
    private static final class Output implements Consumer<String>, AutoCloseable {

        private final Step step;
        private final Progress progress;
        private final BufferedWriter log;
        private final long most;
        private long written;
        private final Deque<String> last = new ArrayDeque<>();

        Output(Step step, Path log, long most, Progress progress) throws IOException {
            this.step = step;
            this.progress = progress;
            this.most = most;
            this.log = new BufferedWriter(
                    new OutputStreamWriter(StateDirectory.writePrivately(log), StandardCharsets.UTF_8));
        }

        @Override
        public synchronized void accept(String line) {
            boolean wasFull = written > most;
            written += line.length() + 1;
            if (written <= most) {
                tell(line);
            } else if (!wasFull) {
                tell("[The step's output reached " + most + " characters. The rest is dropped (--step-log-size).]");
            }
            if (last.size() == LAST_LINES) {
                last.removeFirst();
            }
            last.addLast(line);
        }

        private void tell(String line) {
            try {
                log.write(line);
                log.newLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            progress.report(new Progress.Event.Output(step, line));
        }

        synchronized List<String> lastLines() {
            return List.copyOf(last);
        }

        @Override
        public synchronized void close() throws IOException {
            log.close();
        }
    }
}
