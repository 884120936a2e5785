package io.metalimages.registry;

/** Is told how far a transfer is. Called often, from several threads, one after the other; must return quickly. */
@FunctionalInterface
public interface TransferProgress {

    /** Hears nothing. */
    TransferProgress SILENT = (done, all) -> {};

    /**
     * Hears how far it is. What has to be sent again is counted anew, so {@code done} may become less.
     *
     * @param done bytes so far
     * @param all bytes altogether
     */
    void report(long done, long all);
}
