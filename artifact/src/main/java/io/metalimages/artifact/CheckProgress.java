package io.metalimages.artifact;

/** Is told how far a check or a download is. Called from one thread, often; must return quickly. */
@FunctionalInterface
public interface CheckProgress {

    /** Hears nothing. */
    CheckProgress SILENT = (done, all) -> {};

    /**
     * Hears how far it is.
     *
     * @param done bytes of the tarball so far
     * @param all its size in bytes; 0 if that is unknown
     */
    void report(long done, long all);
}
