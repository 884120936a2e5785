package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.KeyLocks;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * Does what a graph of operations says, and nothing twice.
 *
 * <p>Each operation's result is kept under a key made from its definition and from the results of its inputs; if there
 * is a result already, it is used. Operations that don't depend on each other run side by side, and what the target does
 * not need does not run. Two solvers, in one process or in two, that need the same operation do it once between them.
 *
 * <p>Example: solving {@code COPY} onto {@code RUN} onto a base does the base, the run and the copy in that order; after
 * a copied file has changed, only the copy. Counter-example: a run that downloads something new each day is still not
 * run again, as neither its definition nor its inputs changed; that is what {@code ignoreResults} is for.
 */
public final class Solver {

    /** Steps wait for the network and for disks, too, so even one processor is to have several. */
    private static final int FEWEST_AT_ONCE = 4;

    private final StateDirectory state;
    private final SnapshotStore snapshots;
    private final WorkDirectory work;
    private final Predicate<Operation> ignored;
    private final StepLimits limits;
    private final StepCredentials credentials;
    private final Semaphore atOnce;

    /**
     * @param ignoreResults run every operation but the bases even if its result is there; the new results are kept
     */
    public Solver(StateDirectory state, SnapshotStore snapshots, WorkDirectory work, boolean ignoreResults) {
        this(state, snapshots, work, ignoreResults, StepLimits.USUAL);
    }

    /**
     * @param ignoreResults run every operation but the bases even if its result is there; the new results are kept
     * @param limits of each step
     */
    public Solver(
            StateDirectory state,
            SnapshotStore snapshots,
            WorkDirectory work,
            boolean ignoreResults,
            StepLimits limits) {
        this(state, snapshots, work, ignoreResults, limits, StepCredentials.NONE);
    }

    /**
     * @param ignoreResults run every operation but the bases even if its result is there; the new results are kept
     * @param limits of each step
     * @param credentials what steps may use
     */
    public Solver(
            StateDirectory state,
            SnapshotStore snapshots,
            WorkDirectory work,
            boolean ignoreResults,
            StepLimits limits,
            StepCredentials credentials) {
        this(state, snapshots, work, operation -> ignoreResults, limits, credentials);
    }

    /**
     * A solver that does some operations anew.
     *
     * @param ignored which operations to run even if their results are there, but for bases; the new results are kept
     * @param limits of each step
     * @param credentials what steps may use
     */
    public Solver(
            StateDirectory state,
            SnapshotStore snapshots,
            WorkDirectory work,
            Predicate<Operation> ignored,
            StepLimits limits,
            StepCredentials credentials) {
        this(
                state,
                snapshots,
                work,
                ignored,
                limits,
                credentials,
                Math.max(FEWEST_AT_ONCE, Runtime.getRuntime().availableProcessors()));
    }

    /** @param atOnce how many steps may run side by side */
    Solver(
            StateDirectory state,
            SnapshotStore snapshots,
            WorkDirectory work,
            Predicate<Operation> ignored,
            StepLimits limits,
            StepCredentials credentials,
            int atOnce) {
        this.limits = limits;
        this.credentials = credentials;
        this.state = state;
        this.snapshots = snapshots;
        this.work = work;
        this.ignored = ignored;
        this.atOnce = new Semaphore(atOnce, true);
    }

    /** Makes what {@code target} describes, see {@link #solve(Operation, Progress, FileSystemListener)}. */
    public Snapshot solve(Operation target, Progress progress) throws IOException, InterruptedException {
        return solve(target, progress, FileSystemListener.NONE);
    }

    /**
     * Makes what {@code target} describes.
     *
     * @param listener sees the target's own file system while programs run on it
     * @throws StepFailedException if a step's program fails; the steps beside it were stopped
     * @throws FaultException if it can't be made for another reason
     * @throws InterruptedException if the thread was interrupted; nothing is left running
     */
    public Snapshot solve(Operation target, Progress progress, FileSystemListener listener)
            throws IOException, InterruptedException {
        IdentityHashMap<Operation, Step> steps = plan(target);
        requireStackable(steps);
        progress.report(new Progress.Event.Planned(List.copyOf(steps.values().stream()
                .sorted((a, b) -> a.number() - b.number())
                .toList())));
        try (Solve solve = new Solve(target, steps, progress, listener)) {
            return solve.result(target);
        }
    }

    /** The operations that the target needs, inputs first. */
    private static IdentityHashMap<Operation, Step> plan(Operation target) {
        IdentityHashMap<Operation, Step> steps = new IdentityHashMap<>();
        plan(target, steps);
        return steps;
    }

    private static void plan(Operation operation, IdentityHashMap<Operation, Step> steps) {
        if (steps.containsKey(operation)) {
            return;
        }
        for (Operation input : operation.inputs()) {
            plan(input, steps);
        }
        if (StepRunner.given(operation).isEmpty()) {
            Operation.Label label = operation.label();
            steps.put(operation, new Step(steps.size() + 1, label.name(), label.location()));
        }
    }

    /** Finds the step whose result would have too many layers, before any step has run for it. */
    private void requireStackable(IdentityHashMap<Operation, Step> steps) {
        List<Map.Entry<Operation, Step>> inputsFirst = steps.entrySet().stream()
                .sorted(Comparator.comparingInt(step -> step.getValue().number()))
                .toList();
        IdentityHashMap<Operation, Integer> layers = new IdentityHashMap<>();
        for (Map.Entry<Operation, Step> entry : inputsFirst) {
            int below = below(entry.getKey())
                    .map(input -> StepRunner.given(input)
                            .map(given -> given.layers().size())
                            .orElseGet(() -> layers.getOrDefault(input, 0)))
                    .orElse(0);
            int own = entry.getKey() instanceof Operation.Layers base
                    ? base.source().layers().size()
                    : 1;
            if (below + own > snapshots.mostLayers()) {
                Step step = entry.getValue();
                String place = step.location().isEmpty() ? "" : step.location() + ": ";
                throw FaultException.wrongInput(
                        place + step.name() + " would be layer " + (below + own)
                                + " of its file system, and overlayfs stacks " + snapshots.mostLayers() + ".",
                        "Join steps: several commands in one RUN, several files in one COPY.");
            }
            layers.put(entry.getKey(), below + own);
        }
    }

    /** What the operation's result lies on. */
    private static Optional<Operation> below(Operation operation) {
        return switch (operation) {
            case Operation.Scratch scratch -> Optional.empty();
            case Operation.Kept kept -> Optional.empty();
            case Operation.Base base -> Optional.empty();
            case Operation.Layers layers -> Optional.empty();
            case Operation.Run run -> Optional.of(run.input());
            case Operation.Copy copy -> Optional.of(copy.input());
            case Operation.MakeDirectory directory -> Optional.of(directory.input());
        };
    }

    /** One call of {@link #solve}. */
    private final class Solve implements AutoCloseable {

        private final IdentityHashMap<Operation, Step> steps;
        private final Progress progress;
        private final FileSystemListener listener;

        /** The operations that the target's file system goes through. */
        private final IdentityHashMap<Operation, Boolean> line = new IdentityHashMap<>();

        private final StepRunner runner = new StepRunner(state, snapshots, work, limits, credentials);
        private final StepHistory history = new StepHistory(state);
        private final KeyLocks locks = KeyLocks.shared(state.locks("steps"));
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final IdentityHashMap<Operation, Future<Snapshot>> results = new IdentityHashMap<>();
        private final Set<Digest> made = ConcurrentHashMap.newKeySet();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Solve(
                Operation target,
                IdentityHashMap<Operation, Step> steps,
                Progress progress,
                FileSystemListener listener) {
            this.steps = steps;
            this.progress = progress;
            this.listener = listener;
            for (Optional<Operation> operation = Optional.of(target); operation.isPresent(); ) {
                line.put(operation.get(), true);
                operation = below(operation.get());
            }
        }

        /** What {@code operation} makes, or the first failure of a step: what still runs is stopped then. */
        Snapshot result(Operation operation) throws IOException, InterruptedException {
            Future<Snapshot> running = start(operation);
            try {
                return running.get();
            } catch (ExecutionException | CancellationException e) {
                Throwable first = failure.get();
                throw unwrapped(first == null ? cause(e) : first);
            }
        }

        private static Snapshot awaited(Future<Snapshot> running) throws IOException, InterruptedException {
            try {
                return running.get();
            } catch (ExecutionException | CancellationException e) {
                throw unwrapped(cause(e));
            }
        }

        private Future<Snapshot> start(Operation operation) {
            synchronized (results) {
                Future<Snapshot> running = results.get(operation);
                if (running == null) {
                    running = threads.submit(() -> makeOrStop(operation));
                    results.put(operation, running);
                }
                return running;
            }
        }

        private Snapshot makeOrStop(Operation operation) throws IOException, InterruptedException {
            try {
                return make(operation);
            } catch (IOException | InterruptedException | RuntimeException | Error e) {
                if (failure.compareAndSet(null, e)) {
                    threads.shutdownNow();
                }
                throw e;
            }
        }

        private Snapshot make(Operation operation) throws IOException, InterruptedException {
            Step step = steps.get(operation);
            if (step == null) {
                return StepRunner.given(operation).orElseThrow();
            }
            IdentityHashMap<Operation, Future<Snapshot>> running = new IdentityHashMap<>();
            operation.inputs().forEach(input -> running.put(input, start(input)));
            IdentityHashMap<Operation, Snapshot> inputs = new IdentityHashMap<>();
            for (Map.Entry<Operation, Future<Snapshot>> input : running.entrySet()) {
                inputs.put(input.getKey(), awaited(input.getValue()));
            }
            CacheKey key = runner.key(operation, inputs);
            return locks.exclusively(key.digest().hex(), () -> findOrRun(operation, step, key, inputs));
        }

        private Snapshot findOrRun(
                Operation operation, Step step, CacheKey cacheKey, IdentityHashMap<Operation, Snapshot> inputs)
                throws IOException, InterruptedException {
            Digest key = cacheKey.digest();
            boolean isBase = operation instanceof Operation.Base || operation instanceof Operation.Layers;
            boolean mayReuse = !ignored.test(operation) || isBase || made.contains(key);
            Optional<Snapshot> found = mayReuse ? snapshots.find(key, work) : Optional.<Snapshot>empty();
            String identity = operation.label().identity();
            if (found.isPresent()) {
                progress.report(new Progress.Event.Cached(step));
                return found.get();
            }
            String reason = mayReuse ? history.explain(identity, cacheKey) : "earlier results are not to be used";
            atOnce.acquire();
            try {
                return run(operation, step, cacheKey, inputs, reason);
            } finally {
                atOnce.release();
            }
        }

        private Snapshot run(
                Operation operation,
                Step step,
                CacheKey cacheKey,
                IdentityHashMap<Operation, Snapshot> inputs,
                String reason)
                throws IOException, InterruptedException {
            Digest key = cacheKey.digest();
            progress.report(new Progress.Event.Started(step, reason));
            Path log = state.logs().resolve(key.hex().substring(0, 16) + ".log");
            Snapshot snapshot = runner.run(
                    operation,
                    step,
                    cacheKey,
                    inputs,
                    log,
                    progress,
                    line.containsKey(operation) ? listener : FileSystemListener.NONE);
            history.remember(operation.label().identity(), cacheKey, work);
            made.add(key);
            return snapshot;
        }

        /** Stops what still runs, and waits for its end. */
        @Override
        public void close() {
            threads.shutdownNow();
            threads.close();
        }

        private static Throwable cause(Exception e) {
            return e.getCause() == null ? e : e.getCause();
        }

        private static RuntimeException unwrapped(Throwable cause) throws IOException, InterruptedException {
            return switch (cause) {
                case IOException io -> throw io;
                case InterruptedException interrupted -> throw interrupted;
                case Error error -> throw error;
                case RuntimeException runtime -> runtime;
                default -> new IllegalStateException(cause);
            };
        }
    }
}
