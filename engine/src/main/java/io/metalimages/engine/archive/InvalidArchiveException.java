package io.metalimages.engine.archive;

import java.io.IOException;

/** An archive that is damaged, or that asks for what no archive may do. The message is a sentence without its full stop. */
public final class InvalidArchiveException extends IOException {

    private static final long serialVersionUID = 1L;

    InvalidArchiveException(String message) {
        super(message);
    }
}
