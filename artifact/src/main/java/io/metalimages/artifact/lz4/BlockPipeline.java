package io.metalimages.artifact.lz4;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Encodes blocks on several threads and hands them on in their order, on one further thread. The number of blocks is
 * fixed, and with it the memory; who fills them waits while all are on their way.
 *
 * <p>After a failure the blocks that are on their way are dropped, and the next call of the filling thread throws what
 * happened.
 */
public final class BlockPipeline implements BlockSink, AutoCloseable {

    /** Takes encoded blocks in order. */
    public interface Consumer {

        /** Takes a block; the result completes when the block may be used again. */
        CompletableFuture<Void> take(Block block) throws IOException;
    }

    private record Encoding(Block block, Future<?> done) {}

    private final BlockEncoder encoder;
    private final Consumer consumer;
    private final BlockingQueue<Block> free;
    private final BlockingQueue<Optional<Encoding>> inOrder = new LinkedBlockingQueue<>();
    private final ExecutorService encoding;
    private final Thread consuming;
    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    public BlockPipeline(BlockEncoder encoder, int threads, Consumer consumer) {
        this.encoder = encoder;
        this.consumer = consumer;
        // Two are with the filling thread when it cuts; the others keep all threads busy while one block takes longer.
        int blocks = 2 * threads + 2;
        this.free = new ArrayBlockingQueue<>(blocks);
        for (int i = 0; i < blocks; i++) {
            free.add(encoder.newBlock());
        }
        this.encoding = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("artifact-encoder-", 0).factory());
        this.consuming = Thread.ofPlatform().name("artifact-writer").start(this::consumeAll);
    }

    @Override
    public Block empty() throws IOException, InterruptedException {
        Block block = free.take();
        throwFailure();
        return block;
    }

    @Override
    public boolean recall(KnownBlock known, Block block) throws IOException {
        return encoder.recall(known, block);
    }

    @Override
    public void accept(Block full) throws IOException, InterruptedException {
        throwFailure();
        inOrder.put(Optional.of(new Encoding(full, encoding.submit(() -> {
            encoder.encode(full);
            return full;
        }))));
    }

    /** Waits until every block was consumed. */
    public void finish() throws IOException, InterruptedException {
        inOrder.put(Optional.empty());
        consuming.join();
        throwFailure();
    }

    /** Stops everything that still runs and waits for its end. */
    @Override
    public void close() {
        encoding.shutdownNow();
        consuming.interrupt();
        encoding.close();
        boolean interrupted = false;
        while (consuming.isAlive()) {
            try {
                consuming.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void consumeAll() {
        try {
            for (Optional<Encoding> next = inOrder.take(); next.isPresent(); next = inOrder.take()) {
                consume(next.get());
            }
        } catch (InterruptedException e) {
            fail(e); // closed before the end
        }
    }

    private void consume(Encoding next) throws InterruptedException {
        try {
            next.done().get();
            if (!failure.isDone()) {
                CompletableFuture<Void> _ = consumer.take(next.block()).whenComplete((nothing, trouble) -> {
                    if (trouble != null) {
                        fail(trouble);
                    }
                    free.add(next.block());
                });
                return;
            }
        } catch (ExecutionException e) {
            fail(e.getCause() == null ? e : e.getCause());
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
        free.add(next.block());
    }

    private void fail(Throwable trouble) {
        failure.completeExceptionally(trouble);
    }

    private void throwFailure() throws IOException, InterruptedException {
        if (failure.isCompletedExceptionally()) {
            switch (failure.exceptionNow()) {
                case IOException e -> throw e;
                case InterruptedException e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException("nothing here throws this", e);
            }
        }
    }
}
