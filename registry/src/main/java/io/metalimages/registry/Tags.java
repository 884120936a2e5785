package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.util.ArrayList;
import java.util.List;

/** The tags of a repository. Faults are those of {@link Repository}. Thread-safe. */
public final class Tags {

    private final RepositoryClient client;
    private final Manifests manifests;

    Tags(RepositoryClient client, Manifests manifests) {
        this.client = client;
        this.manifests = manifests;
    }

    /** The names of all tags, in the registry's order; none if there is no such repository. */
    public List<String> list() throws InterruptedException {
        List<String> tags = new ArrayList<>();
        ListPages.read(
                client,
                client.address("tags/list"),
                "Listing the tags of " + client.name(),
                page -> tags.addAll(page.texts("tags")));
        return tags;
    }

    /**
     * Gives further tags to an image that is there, one after the other; those that it has already are no fault. Nothing but
     * the manifest is transferred.
     *
     * @throws FaultException if there is no such image; tags before the one that failed are set
     */
    public void set(Digest digest, List<String> tags) throws InterruptedException {
        set(
                manifests
                        .find(digest)
                        .orElseThrow(() -> FaultException.wrongInput(
                                "There is no image " + client.name().at(digest) + ".",
                                "Look at the digest, or push the image first.")),
                tags);
    }

    /** Gives tags to an image whose manifest is known, so that it need not be read: it may be shown only after a while. */
    public void set(Manifest manifest, List<String> tags) throws InterruptedException {
        tags.forEach(ImageReference::requireTag);
        for (String tag : tags) {
            manifests.put(manifest, tag);
        }
    }
}
