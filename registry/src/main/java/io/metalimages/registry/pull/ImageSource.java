package io.metalimages.registry.pull;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;

/**
 * One image where it is kept. Every method throws {@link FaultException}: with {@link FaultException.Category#WRONG_INPUT} if
 * there is no such thing or it may not be had, with {@link FaultException.Category#REMOTE_FAULT} if a server does not do its
 * part after several attempts, or sends what is not what it should be. Thread-safe.
 */
public interface ImageSource extends AutoCloseable {

    /** What messages call the image: {@code docker.io/library/debian:bookworm}. */
    String name();

    /** The digest of the manifest, or of the index, that the image's name leads to now. A name with a digest leads there. */
    Digest resolve() throws IOException, InterruptedException;

    /** The manifest or index that has this digest. */
    byte[] manifest(Digest digest) throws IOException, InterruptedException;

    /**
     * Content that the image's manifest describes, to be read once and to its end: by then it throws unless each byte was
     * right.
     */
    InputStream open(Descriptor content) throws IOException, InterruptedException;

    /** Ends its connections. */
    @Override
    void close();
}
