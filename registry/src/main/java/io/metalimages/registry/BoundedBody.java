package io.metalimages.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Takes the body of an answer up to a limit; what is longer is not read to its end. */
final class BoundedBody implements BodySubscriber<byte[]> {

    private final long largest;
    private final OutputStream output;
    private final LongConsumer progress;
    private final CompletableFuture<byte[]> result = new CompletableFuture<>();

    private Flow.@Nullable Subscription subscription;

    private long taken;

    private BoundedBody(long largest, OutputStream output, LongConsumer progress) {
        this.largest = largest;
        this.output = output;
        this.progress = progress;
    }

    /** Keeps the body in memory. */
    static BoundedBody inMemory(int largest, LongConsumer progress) {
        return new BoundedBody(largest, new ByteArrayOutputStream(), progress);
    }

    /** Writes the body to {@code output}, and results in no bytes. */
    static BoundedBody into(OutputStream output, long largest, LongConsumer progress) {
        return new BoundedBody(largest, output, progress);
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        newSubscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        if (result.isDone()) {
            return;
        }
        try {
            for (ByteBuffer buffer : buffers) {
                taken += buffer.remaining();
                if (taken > largest) {
                    throw new BodyTooLargeException(largest);
                }
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                output.write(bytes);
            }
            progress.accept(taken);
        } catch (IOException e) {
            if (subscription != null) {
                subscription.cancel();
            }
            result.completeExceptionally(e);
        }
    }

    @Override
    public void onError(Throwable trouble) {
        result.completeExceptionally(trouble);
    }

    @Override
    public void onComplete() {
        result.complete(output instanceof ByteArrayOutputStream memory ? memory.toByteArray() : new byte[0]);
    }
}
