package io.metalimages.http;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An attempt failed for a reason that may soon be over. The message says which, without a full stop. */
public final class TransientException extends Exception {

    private static final long serialVersionUID = 1L;

    @Nullable
    private final Duration retryAfter;

    public TransientException(String reason) {
        super(reason);
        this.retryAfter = null;
    }

    public TransientException(String reason, Throwable cause) {
        super(reason, cause);
        this.retryAfter = null;
    }

    /** A response that may be another one next time. */
    public TransientException(String reason, Response<?> response) {
        super(reason);
        this.retryAfter = response.retryAfter().orElse(null);
    }

    /** How long the server asks to wait. */
    Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
