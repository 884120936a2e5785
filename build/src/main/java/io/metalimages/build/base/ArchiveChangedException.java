package io.metalimages.build.base;

import java.io.IOException;

/** The archive holds something else than what a base was pinned to, so the base can't be made any more. */
public final class ArchiveChangedException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient DistributionBase base;

    ArchiveChangedException(DistributionBase base, String suites) {
        super(base.distribution().title() + "'s archive has changed since the base " + base.release() + " was pinned: "
                + suites);
        this.base = base;
    }

    /** What can't be made any more. */
    public DistributionBase base() {
        return base;
    }
}
