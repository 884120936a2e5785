package io.metalimages.engine;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.common.linux.KeyLocks;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.archive.InvalidArchiveException;
import io.metalimages.engine.archive.LayerUnpacker;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a snapshot of each layer of an image, under the key of all layers up to it, so that images share those that they have
 * in common. Several are fetched and unpacked at a time, the lowest first; only what needs to know what lies below waits for
 * that. Thread-safe.
 */
final class LayerStack {

    private static final int AT_ONCE = 3;

    private final SnapshotStore snapshots;
    private final WorkDirectory work;
    private final KeyLocks locks;

    LayerStack(SnapshotStore snapshots, WorkDirectory work, KeyLocks locks) {
        this.snapshots = snapshots;
        this.work = work;
        this.locks = locks;
    }

    /** The snapshot of the highest layer. Images that share any layer share the lowest, and wait for each other. */
    Snapshot make(Operation.Layers operation, Instant begun, Consumer<String> output)
            throws IOException, InterruptedException {
        List<Digest> layers = operation.source().layers();
        return locks.exclusively(layers.getFirst().hex(), () -> {
            int present = layers.size();
            Optional<Snapshot> lower = Optional.empty();
            for (; present > 0 && lower.isEmpty(); present--) {
                lower = snapshots.find(
                        CacheKey.ofLayers(layers.subList(0, present)).digest(), work);
            }
            int first = lower.isPresent() ? present + 1 : 0;
            try (Unpacking unpacking = new Unpacking(operation, begun, output)) {
                return unpacking.unpack(first, lower.orElse(StepRunner.SCRATCH));
            }
        });
    }

    /** The layers of one image that are not there yet. */
    private final class Unpacking implements AutoCloseable {

        private final Operation.Layers operation;
        private final List<Digest> layers;
        private final Instant begun;
        private final Consumer<String> output;
        private final Semaphore atOnce = new Semaphore(AT_ONCE);
        private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name("layer ", 0).factory());
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Unpacking(Operation.Layers operation, Instant begun, Consumer<String> output) {
            this.operation = operation;
            this.layers = operation.source().layers();
            this.begun = begun;
            this.output = output;
        }

        Snapshot unpack(int first, Snapshot present) throws IOException, InterruptedException {
            CompletableFuture<Snapshot> lower = CompletableFuture.completedFuture(present);
            try {
                for (int index = first; index < layers.size(); index++) {
                    int current = index;
                    CompletableFuture<Snapshot> below = lower;
                    CompletableFuture<Snapshot> made = new CompletableFuture<>();
                    atOnce.acquire();
                    threads.execute(() -> unpackOrStop(current, below, made));
                    lower = made;
                }
                return lower.get();
            } catch (RejectedExecutionException | ExecutionException e) {
                throw unwrapped(failure.get(), e);
            }
        }

        private void unpackOrStop(int index, CompletableFuture<Snapshot> below, CompletableFuture<Snapshot> made) {
            try {
                made.complete(unpack(index, below));
            } catch (IOException | InterruptedException | ExecutionException | RuntimeException | Error e) {
                if (failure.compareAndSet(null, e)) {
                    threads.shutdownNow();
                }
                made.completeExceptionally(e);
            } finally {
                atOnce.release();
            }
        }

        private Snapshot unpack(int index, CompletableFuture<Snapshot> below)
                throws IOException, InterruptedException, ExecutionException {
            output.accept("Unpacking " + operation.source().name(index));
            Path layer = Files.createDirectory(work.newDirectory("layer").resolve("root"));
            unpack(index, below, layer);
            List<Digest> upTo = layers.subList(0, index + 1);
            return snapshots.commitLayer(
                    StepRunner.origin(operation.label(), CacheKey.ofLayers(upTo)), below.get(), layer, begun, work);
        }

        private void unpack(int index, CompletableFuture<Snapshot> below, Path layer)
                throws IOException, InterruptedException {
            Digest actual;
            try (LowerView lower = new LowerView(below);
                    LayerUnpacker unpacker = new LayerUnpacker(layer, snapshots.layerFormat(), lower);
                    InputStream archive = operation.source().open(index)) {
                actual = unpacker.unpack(archive);
            } catch (InvalidArchiveException e) {
                throw FaultException.wrongInput(
                        fault(index) + e.getMessage() + ".", "The image has to be built anew, by whoever offers it.");
            } catch (IOException e) {
                throw FaultException.failed(fault(index) + ForeignText.line(String.valueOf(e.getMessage())) + ".", e);
            }
            if (!actual.equals(layers.get(index))) {
                throw FaultException.wrongInput(
                        fault(index) + "what it unpacks to has the digest sha256:" + actual.hex()
                                + ", and the image's configuration says sha256:"
                                + layers.get(index).hex() + ".",
                        "The image has to be built anew, by whoever offers it.");
            }
        }

        private String fault(int index) {
            return operation.label().location() + ": " + operation.source().name(index) + " can't be unpacked: ";
        }

        private static RuntimeException unwrapped(@Nullable Throwable first, Exception otherwise)
                throws IOException, InterruptedException {
            Throwable cause = first;
            while (cause instanceof ExecutionException && cause.getCause() != null) {
                cause = cause.getCause();
            }
            return switch (cause) {
                case null -> new IllegalStateException(otherwise);
                case IOException io -> throw io;
                case InterruptedException interrupted -> throw interrupted;
                case Error error -> throw error;
                case RuntimeException runtime -> runtime;
                default -> new IllegalStateException(cause);
            };
        }

        /** Stops what still runs, and waits for its end. */
        @Override
        public void close() {
            threads.shutdownNow();
            threads.close();
        }
    }

    /** What lies below a layer, mounted when it is first looked at. */
    private final class LowerView implements LayerUnpacker.Below, AutoCloseable {

        private final CompletableFuture<Snapshot> below;

        private SnapshotStore.@Nullable View view;

        @Nullable
        private RootDirectory root;

        LowerView(CompletableFuture<Snapshot> below) {
            this.below = below;
        }

        @Override
        public Optional<RootDirectory> open() throws IOException, InterruptedException {
            if (root == null) {
                Snapshot snapshot;
                try {
                    snapshot = below.get();
                } catch (ExecutionException e) {
                    throw new IOException("a layer below it could not be unpacked", e);
                }
                if (snapshot.layers().isEmpty()) {
                    return Optional.empty();
                }
                view = snapshots.view(snapshot, work);
                root = RootDirectory.open(view.root());
            }
            return Optional.of(root);
        }

        @Override
        public void close() {
            if (root != null) {
                root.close();
            }
            if (view != null) {
                view.close();
            }
        }
    }
}
