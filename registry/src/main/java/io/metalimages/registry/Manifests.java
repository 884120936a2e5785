package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Request;
import io.metalimages.http.RequestBody;
import io.metalimages.http.Response;
import java.util.Optional;

/** The manifests of a repository. Faults are those of {@link Repository}. Thread-safe. */
public final class Manifests {

    private final RepositoryClient client;

    Manifests(RepositoryClient client) {
        this.client = client;
    }

    /** The manifest that has this tag; empty if there is none. */
    public Optional<Manifest> find(String tag) throws InterruptedException {
        return read(ImageReference.requireTag(tag), Optional.empty());
    }

    /** The manifest with this digest; empty if there is none. */
    public Optional<Manifest> find(Digest digest) throws InterruptedException {
        return read(Descriptor.written(digest), Optional.of(digest));
    }

    /** The digest of the manifest that has this tag, without reading that if the registry tells; empty if there is none. */
    public Optional<Digest> resolve(String tag) throws InterruptedException {
        String task = "Looking for the tag " + ImageReference.requireTag(tag) + " of " + client.name();
        Request request = Request.of("HEAD", client.address("manifests/" + tag))
                .with("Accept", String.join(", ", MediaTypes.MANIFESTS));
        Response<byte[]> response = client.read(request, task);
        if (response.status() == 404) {
            return Optional.empty();
        }
        Optional<Digest> digest = response.status() == 200 ? RepositoryClient.digest(response) : Optional.empty();
        if (digest.isPresent() || !(response.succeeded() || response.status() == 405)) {
            return Optional.of(digest.orElseThrow(() -> ErrorResponse.fault(response, task)));
        }
        return find(tag).map(Manifest::digest);
    }

    private Optional<Manifest> read(String tagOrDigest, Optional<Digest> digest) throws InterruptedException {
        String task = "Reading the manifest " + tagOrDigest + " of " + client.name();
        Request request = Request.of("GET", client.address("manifests/" + tagOrDigest))
                .with("Accept", String.join(", ", MediaTypes.MANIFESTS))
                .takingAtMost(Manifest.LARGEST);
        Response<byte[]> response = client.read(request, task);
        if (response.status() == 404) {
            return Optional.empty();
        }
        if (response.status() != 200) {
            throw ErrorResponse.fault(response, task);
        }
        String type = MediaTypes.of(response);
        if (!MediaTypes.MANIFESTS.contains(type)) {
            throw FaultException.remote(
                    task + " failed: what " + response.address().getAuthority() + " sent is of the type \""
                            + ForeignText.line(type) + "\".",
                    null);
        }
        byte[] bytes = response.body();
        Digest actual = Digest.of(bytes);
        client.requireDigest(response, actual);
        if (digest.filter(wanted -> !wanted.equals(actual)).isPresent()) {
            throw RepositoryClient.otherDigest(task, digest.get(), actual);
        }
        return Optional.of(Manifest.received(type, bytes, "The manifest " + tagOrDigest + " of " + client.name()));
    }

    /** Stores a manifest without a tag; all that it describes has to be there. Harmless if it is there already. */
    public Descriptor put(Manifest manifest) throws InterruptedException {
        put(manifest, Descriptor.written(manifest.digest()));
        return manifest.descriptor();
    }

    /** Stores a manifest under a tag, or under its own digest. */
    Response<byte[]> put(Manifest manifest, String tagOrDigest) throws InterruptedException {
        Response<byte[]> response = send(manifest, tagOrDigest);
        if (!response.succeeded()) {
            throw ErrorResponse.fault(response, storing(tagOrDigest));
        }
        return response;
    }

    /** Stores a manifest under its own digest, unless the registry calls it invalid: then the response is 400. */
    Response<byte[]> offer(Manifest manifest) throws InterruptedException {
        String digest = Descriptor.written(manifest.digest());
        Response<byte[]> response = send(manifest, digest);
        if (!response.succeeded() && response.status() != 400) {
            throw ErrorResponse.fault(response, storing(digest));
        }
        return response;
    }

    private Response<byte[]> send(Manifest manifest, String tagOrDigest) throws InterruptedException {
        Request request = Request.of("PUT", client.address("manifests/" + tagOrDigest))
                .with("Content-Type", manifest.mediaType())
                .sending(RequestBody.of(manifest.bytes()));
        Response<byte[]> response = client.change(request, storing(tagOrDigest));
        if (response.succeeded()) {
            client.requireDigest(response, manifest.digest());
        }
        return response;
    }

    private String storing(String tagOrDigest) {
        return "Storing the manifest " + tagOrDigest + " of " + client.name();
    }
}
