package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The blobs of a repository. Faults are those of {@link Repository}. Thread-safe. */
public final class Blobs {

    /** Of the type {@link MediaTypes#EMPTY}. */
    static final byte[] EMPTY = "{}".getBytes(StandardCharsets.US_ASCII);

    private final RepositoryClient client;

    Blobs(RepositoryClient client) {
        this.client = client;
    }

    /** Whether the repository has this content, in this size. */
    public boolean contains(Descriptor blob) throws InterruptedException {
        String task = "Looking for " + Descriptor.written(blob.digest()) + " in " + client.name();
        URI address = blobAddress(blob);
        Response<byte[]> response = client.change(Request.of("HEAD", address), task);
        if (response.status() == 404) {
            return false;
        }
        // An address that the registry leads to may have been signed for GET, and some servers know nothing else.
        if (response.status() == 405
                || (!response.succeeded() && !response.address().equals(address))) {
            return client.canBeRead(Request.of("GET", address).with("Range", "bytes=0-0"), task);
        }
        if (response.status() != 200) {
            throw ErrorResponse.fault(response, task);
        }
        client.requireDigest(response, blob.digest());
        // Proxies say 0 of what they do not send.
        Optional<String> size = response.header("Content-Length").filter(text -> !text.equals("0"));
        if (size.filter(text -> !text.equals(Long.toString(blob.size()))).isPresent()) {
            throw FaultException.remote(
                    client.name() + " has " + Descriptor.written(blob.digest()) + " with "
                            + ForeignText.line(size.get()) + " bytes, and it should have " + blob.size() + ".",
                    "The registry has to delete that blob.");
        }
        return true;
    }

    private URI blobAddress(Descriptor blob) {
        return client.address("blobs/" + Descriptor.written(blob.digest()));
    }

    /**
     * Brings a file's content to the repository, unless it is there.
     *
     * @param file must not change until this returns
     */
    public void upload(Descriptor blob, Path file, TransferProgress progress) throws IOException, InterruptedException {
        if (contains(blob)) {
            progress.report(blob.size(), blob.size());
            return;
        }
        try (FileChannel channel = FileChannel.open(file)) {
            new BlobUpload(client, this, blob, BlobContent.of(channel), progress).run();
        }
    }

    public void upload(Descriptor blob, byte[] bytes) throws InterruptedException {
        if (!contains(blob)) {
            new BlobUpload(client, this, blob, BlobContent.of(bytes), TransferProgress.SILENT).run();
        }
    }

    /**
     * Has the registry take a blob from another of its repositories.
     *
     * @param from as in {@link ImageReference#repository()}
     * @return whether it did; a registry need not be able to, and the other repository need not have it
     */
    public boolean mount(Descriptor blob, String from) throws InterruptedException {
        String task = "Mounting " + Descriptor.written(blob.digest()) + " of " + from + " in " + client.name();
        URI address =
                client.address("blobs/uploads/?mount=" + RepositoryClient.encoded(Descriptor.written(blob.digest()))
                        + "&from=" + RepositoryClient.encoded(from));
        Response<byte[]> response = client.changeFrom(from, Request.of("POST", address), task);
        if (response.status() == 201) {
            client.requireDigest(response, blob.digest());
            return true;
        }
        if (response.status() != 202) {
            throw ErrorResponse.fault(response, task);
        }
        Optional<URI> session = response.location();
        if (session.isPresent()) {
            client.requirePermitted(session.get(), response.address());
            // Whatever comes of it: a session that is not ended ends by itself some day.
            client.change(Request.of("DELETE", session.get()), task);
        }
        return false;
    }

    /**
     * Fetches a blob into a file, whose content is the right one afterwards; after an exception it is not to be used.
     *
     * @throws IOException if the file cannot be written
     */
    public void download(Descriptor blob, Path file, TransferProgress progress)
            throws IOException, InterruptedException {
        String task = "Fetching " + Descriptor.written(blob.digest()) + " from " + client.name();
        WebContent content = client.content(Request.of("GET", blobAddress(blob)), request -> open(request, blob, task));
        try (content;
                OutputStream output = Files.newOutputStream(file)) {
            content.copyTo(output, blob.size(), done -> progress.report(done, blob.size()));
        }
        Digest actual = Digest.ofFile(file);
        if (!actual.equals(blob.digest())) {
            throw RepositoryClient.otherDigest(task, blob.digest(), actual);
        }
    }

    /**
     * The content of a blob, to be read once from its beginning to its end, whatever happens to the connection meanwhile. What
     * comes is only as good as the registry says: whoever reads it compares size and digest.
     */
    public InputStream open(Descriptor blob) throws InterruptedException {
        String task = "Fetching " + Descriptor.written(blob.digest()) + " from " + client.name();
        return client.content(Request.of("GET", blobAddress(blob)), request -> open(request, blob, task));
    }

    private Response<InputStream> open(Request request, Descriptor blob, String task)
            throws TransientException, InterruptedException {
        Response<InputStream> response = client.open(request, task);
        client.requireDigest(response, blob.digest());
        return response;
    }
}
