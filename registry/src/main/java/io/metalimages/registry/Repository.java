package io.metalimages.registry;

import io.metalimages.common.FaultException;

/**
 * One repository of a registry. Every method throws {@link FaultException}: with
 * {@link FaultException.Category#WRONG_INPUT} if the registry does not know the name or does not permit it, with
 * {@link FaultException.Category#REMOTE_FAULT} if it does not do its part after several attempts, or sends what is not what
 * it should be. Thread-safe.
 */
public final class Repository {

    private final RepositoryClient client;
    private final Blobs blobs;
    private final Manifests manifests;
    private final Tags tags;
    private final Referrers referrers;

    Repository(Registry registry, ImageReference name) {
        this.client = new RepositoryClient(registry, name);
        this.blobs = new Blobs(client);
        this.manifests = new Manifests(client);
        this.tags = new Tags(client, manifests);
        this.referrers = new Referrers(client, blobs, manifests);
    }

    /** Its name with the registry's, without tag and digest. */
    public ImageReference name() {
        return client.name();
    }

    public Blobs blobs() {
        return blobs;
    }

    public Manifests manifests() {
        return manifests;
    }

    public Tags tags() {
        return tags;
    }

    public Referrers referrers() {
        return referrers;
    }

    /**
     * Asks the registry for something harmless, so that who may not write, or has mistyped a name, hears it before the work.
     * A registry need not tell everything before it is written to.
     */
    public void requireAccess() throws InterruptedException {
        blobs.contains(Descriptor.of(MediaTypes.EMPTY, Blobs.EMPTY));
    }
}
