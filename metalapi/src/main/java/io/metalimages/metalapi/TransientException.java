package io.metalimages.metalapi;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Something did not work, for a reason that may soon be over. The message says which, without a full stop. */
final class TransientException extends Exception {

    private static final long serialVersionUID = 1L;

    @Nullable
    private final Duration asked;

    TransientException(String reason, @Nullable Throwable cause) {
        super(reason, cause);
        this.asked = null;
    }

    TransientException(Answer answer) {
        super(answer.told());
        this.asked = answer.retryAfter().orElse(null);
    }

    /** How long the other side asks to wait. */
    Optional<Duration> asked() {
        return Optional.ofNullable(asked);
    }
}
