package io.metalimages.store.object.s3;

import java.util.Set;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Remembers whether the server ever took a signature. If so, one that it does not take belongs to a request that was
 * damaged on its way; otherwise, to a wrong secret. Thread-safe.
 */
final class S3Acceptance implements ExecutionInterceptor {

    /** No such object, unmet condition, no such range: what a server says when it knows who asks. */
    private static final Set<Integer> ACCEPTING = Set.of(404, 412, 416);

    private volatile boolean accepted;

    boolean isAccepted() {
        return accepted;
    }

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        accepted = true;
    }

    @Override
    public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
        if (context.exception() instanceof S3Exception answer && ACCEPTING.contains(answer.statusCode())) {
            accepted = true;
        }
    }
}
