package io.metalimages.build;

import java.io.IOException;

/** The archive holds something else than what a base was pinned to, so the base can't be made any more. */
final class ArchiveChangedException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient DebianBase base;

    ArchiveChangedException(DebianBase base, String suites) {
        super("Debian's archive has changed since the base " + base.release() + " was pinned: " + suites);
        this.base = base;
    }

    /** What can't be made any more. */
    DebianBase base() {
        return base;
    }
}
