package io.metalimages.registry;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings one blob to a repository: in one piece if it is small, else in chunks, so that little is sent again when a
 * connection breaks. After a failure the registry is asked how much it has; what it lost is sent again. A registry that does
 * not take chunks gets everything in one piece. See the distribution specification, "Pushing blobs". Belongs to one thread.
 */
final class BlobUpload {

    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

    /** What registries that take no chunks, or none of this size, say to the first one. */
    private static final Set<Integer> CHUNK_REFUSALS = Set.of(400, 404, 405, 411, 413, 415, 416, 501);

    private final RepositoryClient client;
    private final Blobs blobs;
    private final Descriptor blob;
    private final BlobContent content;
    private final TransferProgress progress;
    private final String task;
    private boolean chunked;
    private long farthest;
    private Optional<Session> session = Optional.empty();

    /**
     * An upload.
     *
     * @param location where to send what comes next
     * @param offset how many bytes the registry has
     * @param chunk how many bytes to send at once
     */
    private record Session(URI location, long offset, long chunk) {}

    BlobUpload(RepositoryClient client, Blobs blobs, Descriptor blob, BlobContent content, TransferProgress progress) {
        this.client = client;
        this.blobs = blobs;
        this.blob = blob;
        this.content = content;
        this.progress = progress;
        this.task = "Sending " + Descriptor.written(blob.digest()) + " to " + client.name();
        this.chunked = blob.size() > client.options().chunkBytes();
    }

    /** Sends the blob; it is there and whole afterwards. */
    void run() throws InterruptedException {
        boolean complete = false;
        while (!complete) {
            complete = client.attempt(task, number -> {
                if (number > 1 && blobs.contains(blob)) { // only the response was lost
                    return true;
                }
                if (number > 1) {
                    session = session.isPresent() ? resume(session.get()) : session;
                }
                return sendMore();
            });
        }
        progress.report(blob.size(), blob.size());
    }

    /** Sends until the registry has more than it ever had; returns whether it has all. */
    private boolean sendMore() throws InterruptedException, TransientException {
        while (true) {
            Session begun = session.isPresent() ? session.get() : begin();
            session = Optional.of(begun);
            session = send(begun);
            if (session.isEmpty()) {
                verify();
                return true;
            }
            if (session.get().offset() > farthest) {
                farthest = session.get().offset();
                return false;
            }
        }
    }

    private Session begin() throws InterruptedException, TransientException {
        Response<byte[]> response =
                expectSuccess(client.exchange(Request.of("POST", client.address("blobs/uploads/"))));
        long smallest = response.header("OCI-Chunk-Min-Length")
                .filter(text -> text.matches("[0-9]{1,12}"))
                .map(Long::parseLong)
                .orElse(0L);
        return new Session(
                location(response, response.address()),
                0,
                Math.max(client.options().chunkBytes(), smallest));
    }

    /** Sends a part of the blob, or closes the session; empty when the registry has taken the blob. */
    private Optional<Session> send(Session begun) throws InterruptedException, TransientException {
        if (!chunked) {
            close(begun, blob.size());
            return Optional.empty();
        }
        if (begun.offset() == blob.size()) {
            close(begun, 0);
            return Optional.empty();
        }
        return Optional.of(sendChunk(begun));
    }

    private Session sendChunk(Session from) throws InterruptedException, TransientException {
        long offset = from.offset();
        long length = Math.min(from.chunk(), blob.size() - offset);
        Response<byte[]> response = sendPart(
                Request.of("PATCH", from.location()).with("Content-Range", offset + "-" + (offset + length - 1)),
                offset,
                length);
        if (offset == 0 && CHUNK_REFUSALS.contains(response.status())) {
            chunked = false;
            return begin();
        }
        URI location = location(expectSuccess(response), from.location());
        long received = received(response).orElse(offset + length);
        if (received <= offset || received > offset + length) {
            throw FaultException.remote(
                    response.address().getAuthority() + " was sent the bytes up to " + (offset + length) + " of "
                            + Descriptor.written(blob.digest()) + ", and says that it has " + received + ".",
                    null);
        }
        return new Session(location, received, from.chunk());
    }

    private void close(Session begun, long length) throws InterruptedException, TransientException {
        String location = begun.location().toString();
        URI closing = URI.create(location + (begun.location().getRawQuery() == null ? "?" : "&") + "digest="
                + Descriptor.written(blob.digest()).replace(":", "%3A"));
        client.requireDigest(expectSuccess(sendPart(Request.of("PUT", closing), 0, length)), blob.digest());
    }

    private Response<byte[]> sendPart(Request request, long offset, long length)
            throws InterruptedException, TransientException {
        return client.exchange(request.with("Content-Type", MediaTypes.ANY_BYTES)
                .sending(content.part(offset, length, sent -> progress.report(offset + sent, blob.size()))));
    }

    /** @throws TransientException if another attempt may succeed */
    private Response<byte[]> expectSuccess(Response<byte[]> response) throws TransientException {
        if (response.succeeded()) {
            return response;
        }
        // A session that the registry no longer knows, or whose bytes it has lost, is begun anew.
        boolean lost = response.status() == 404 || response.status() == 416 || response.status() == 400;
        if (response.isTransient() || (lost && farthest > 0)) {
            throw new TransientException(ErrorResponse.summary(response), response);
        }
        throw ErrorResponse.fault(response, task);
    }

    private URI location(Response<?> response, URI assumed) {
        URI location = response.location().orElse(assumed);
        client.requirePermitted(location, response.address());
        return location;
    }

    /** How many bytes the registry says that it has; empty if it does not say. */
    private static Optional<Long> received(Response<?> response) {
        return response.header("Range").map(range -> {
            Matcher matcher = RANGE.matcher(range.strip());
            if (!matcher.matches()) {
                throw FaultException.remote(
                        "The registry says by the range \"" + ForeignText.line(range)
                                + "\" what it has, which is none.",
                        null);
            }
            return Long.parseLong(matcher.group(1)) + 1;
        });
    }

    /** How far a session is after a failure; empty if it has to begin anew. */
    private Optional<Session> resume(Session broken) throws InterruptedException {
        if (!chunked || broken.offset() == 0) { // for nothing registries say 0-0, as for one byte
            return Optional.empty();
        }
        Response<byte[]> response;
        try {
            response = client.exchange(Request.of("GET", broken.location()));
        } catch (TransientException e) {
            return Optional.empty();
        }
        if (!response.succeeded()) {
            return Optional.empty();
        }
        return received(response)
                .filter(offset -> offset <= blob.size())
                .map(offset -> new Session(location(response, broken.location()), offset, broken.chunk()));
    }

    private void verify() throws InterruptedException, TransientException {
        if (!blobs.contains(blob)) {
            throw new TransientException(client.name() + " took the blob and does not have it");
        }
    }
}
