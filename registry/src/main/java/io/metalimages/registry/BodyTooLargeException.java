package io.metalimages.registry;

import java.io.IOException;

/** A server sends more than it may. */
final class BodyTooLargeException extends IOException {

    private static final long serialVersionUID = 1L;

    BodyTooLargeException(long largest) {
        super("more than " + largest + " bytes were sent");
    }
}
