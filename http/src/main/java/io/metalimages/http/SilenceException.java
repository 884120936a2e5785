package io.metalimages.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A server was silent for too long, or took too long altogether. */
final class SilenceException extends IOException {

    private static final long serialVersionUID = 1L;

    SilenceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
