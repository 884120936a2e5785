package io.metalimages.artifact.export;

import io.metalimages.artifact.ArtifactLocation;
import java.io.IOException;

/** Makes the files beside a tarball that tell of it, those of {@link ArtifactLocation#SIDECARS}. */
@FunctionalInterface
public interface SidecarFiles {

    /** Makes none. */
    SidecarFiles NONE = (written, sha256) -> {};

    /**
     * Called once, when the tarball, its checksums and the list of packages are whole, and have not got their names yet. What
     * this writes beside them gets its name together with them.
     *
     * @param written where they are now
     * @param sha256 of the tarball, lower-case hexadecimal
     * @throws IOException if something cannot be written
     * @throws InterruptedException if the thread was interrupted
     */
    void write(ArtifactLocation written, String sha256) throws IOException, InterruptedException;
}
