package io.metalimages.registry;

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
 * connection breaks. After a failure the registry is asked how much it has; what it lost is sent again. A registry that
 * refuses a request for its size gets smaller chunks, and one that does not take chunks everything in one piece. See the
 * distribution specification, "Pushing blobs". Belongs to one thread.
 *
 * <p>What a registry has after a chunk that it took is what it was sent, whatever it says: in the field, {@code Range} stands
 * still, or tells of the last chunk alone. That all arrived is known by the digest, at the end.
 */
final class BlobUpload {

    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

    /** What registries say to a request that is larger than they, or what is before them, take. */
    private static final Set<Integer> TOO_LARGE = Set.of(400, 413, 416);

    /** What registries that take no chunks say to one. */
    private static final Set<Integer> NO_CHUNKS = Set.of(404, 405, 411, 415, 501);

    /** By how much chunks become smaller, and how often. */
    private static final int SHRINKING = 4;

    private static final int MOST_SHRINKING = SHRINKING * SHRINKING;

    private final RepositoryClient client;
    private final Blobs blobs;
    private final Descriptor blob;
    private final BlobContent content;
    private final TransferProgress progress;
    private final String task;
    private long smallestChunk;
    private long chunk;
    private boolean chunked;
    private boolean wholeRefused;
    private boolean resumed;
    private long farthest;
    private Optional<Session> session = Optional.empty();

    /**
     * An upload.
     *
     * @param location where to send what comes next
     * @param offset how many bytes the registry has
     */
    private record Session(URI location, long offset) {}

    BlobUpload(RepositoryClient client, Blobs blobs, Descriptor blob, BlobContent content, TransferProgress progress) {
        this.client = client;
        this.blobs = blobs;
        this.blob = blob;
        this.content = content;
        this.progress = progress;
        this.task = "Sending " + Descriptor.written(blob.digest()) + " to " + client.name();
        this.chunk = client.options().chunkBytes();
        this.smallestChunk = Math.max(1, chunk / MOST_SHRINKING);
        this.chunked = blob.size() > chunk;
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
        response.header("OCI-Chunk-Min-Length")
                .filter(text -> text.matches("[0-9]{1,12}"))
                .ifPresent(least -> {
                    smallestChunk = Math.max(smallestChunk, Long.parseLong(least));
                    chunk = Math.max(chunk, smallestChunk);
                });
        return new Session(location(response, response.address()), 0);
    }

    /** Sends a part of the blob, or closes the session; empty when the registry has taken the blob. */
    private Optional<Session> send(Session begun) throws InterruptedException, TransientException {
        if (chunked && begun.offset() < blob.size()) {
            return Optional.of(sendChunk(begun));
        }
        return close(begun, chunked ? 0 : blob.size());
    }

    private Session sendChunk(Session from) throws InterruptedException, TransientException {
        long offset = from.offset();
        long length = Math.min(chunk, blob.size() - offset);
        boolean afterResuming = resumed;
        resumed = false;
        Response<byte[]> response = sendPart(
                Request.of("PATCH", from.location()).with("Content-Range", offset + "-" + (offset + length - 1)),
                offset,
                length);
        // Where a session was gone on with, it is more likely that the registry has lost it.
        boolean refused = !afterResuming && !(offset > 0 && response.status() == 404);
        if (refused && TOO_LARGE.contains(response.status()) && shrink()) {
            return begin();
        }
        if (refused
                && !wholeRefused
                && (TOO_LARGE.contains(response.status()) || NO_CHUNKS.contains(response.status()))) {
            chunked = false;
            return begin();
        }
        return new Session(location(expectSuccess(response), from.location()), offset + length);
    }

    /** Makes chunks smaller, unless they have been made so often enough. */
    private boolean shrink() {
        long smaller = Math.min(chunk, blob.size()) / SHRINKING;
        if (smaller < smallestChunk) {
            return false;
        }
        chunk = smaller;
        return true;
    }

    private Optional<Session> close(Session begun, long length) throws InterruptedException, TransientException {
        String location = begun.location().toString();
        URI closing = URI.create(location + (begun.location().getRawQuery() == null ? "?" : "&") + "digest="
                + Descriptor.written(blob.digest()).replace(":", "%3A"));
        Response<byte[]> response = sendPart(Request.of("PUT", closing), 0, length);
        if (length > 0
                && !wholeRefused
                && response.status() != 400
                && TOO_LARGE.contains(response.status())
                && shrink()) {
            wholeRefused = true;
            chunked = true;
            return Optional.of(begin());
        }
        client.requireDigest(expectSuccess(response), blob.digest());
        return Optional.empty();
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
            if (lost) {
                session = Optional.empty();
            }
            throw new TransientException(ErrorResponse.summary(response), response);
        }
        throw ErrorResponse.fault(response, task);
    }

    private URI location(Response<?> response, URI assumed) {
        URI location = response.location().orElse(assumed);
        client.requirePermitted(location, response.address());
        return location;
    }

    /** How many bytes the registry says that it has; empty if it does not say, or nothing that can be understood. */
    private static Optional<Long> received(Response<?> response) {
        return response.header("Range")
                .map(range -> RANGE.matcher(range.strip()))
                .filter(Matcher::matches)
                .map(range -> Long.parseLong(range.group(1)) + 1);
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
        return received(response).filter(offset -> offset <= blob.size()).map(offset -> {
            resumed = true;
            return new Session(location(response, broken.location()), offset);
        });
    }

    private void verify() throws InterruptedException, TransientException {
        if (!blobs.contains(blob)) {
            throw new TransientException(client.name() + " took the blob and does not have it");
        }
    }
}
