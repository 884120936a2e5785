package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.store.object.Fingerprint;
import java.io.IOException;

/** What an artifact has to go through before it is published. */
@FunctionalInterface
public interface Inspection {

    /**
     * Inspects an artifact, whose tarball is read once for all of that.
     *
     * @return what the tarball is
     * @throws FaultException if it should not be published
     */
    Fingerprint inspect(ImageName name, ArtifactLocation location) throws IOException, InterruptedException;
}
