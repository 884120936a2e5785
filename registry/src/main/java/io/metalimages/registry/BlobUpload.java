package io.metalimages.registry;

import io.metalimages.common.FaultException;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
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

    private final Repository repository;
    private final Descriptor blob;
    private final BlobContent content;
    private final TransferProgress progress;
    private final String tried;
    private boolean chunked;
    private long farthest;

    /**
     * An upload.
     *
     * @param location where to send what comes next
     * @param offset how many bytes the registry has
     * @param chunk how many bytes to send at once
     */
    private record Session(URI location, long offset, long chunk) {}

    BlobUpload(Repository repository, Descriptor blob, BlobContent content, TransferProgress progress) {
        this.repository = repository;
        this.blob = blob;
        this.content = content;
        this.progress = progress;
        this.tried = "Sending " + Descriptor.written(blob.digest()) + " to " + repository.name();
        this.chunked = blob.size() > repository.options().chunkBytes();
    }

    /** Sends the blob; it is there and whole afterwards. */
    void run() throws InterruptedException {
        Patience patience = new Patience(repository.options(), tried);
        Optional<Session> session = Optional.empty();
        while (true) {
            try {
                Session begun = session.isPresent() ? session.get() : begin();
                session = Optional.of(begun);
                session = send(begun);
                if (session.isEmpty()) {
                    verify();
                    progress.report(blob.size(), blob.size());
                    return;
                }
                if (session.get().offset() > farthest) {
                    farthest = session.get().offset();
                    patience.restore();
                }
            } catch (TransientException e) {
                patience.await(e);
                if (repository.hasBlob(blob)) { // only the answer was lost
                    progress.report(blob.size(), blob.size());
                    return;
                }
                session = session.isPresent() ? ask(session.get()) : session;
            }
        }
    }

    private Session begin() throws InterruptedException, TransientException {
        Answer answer = expectSuccess(
                repository.sendOnce(Request.of("POST", repository.address("blobs/uploads/")), new AtomicLong()));
        long smallest = answer.header("OCI-Chunk-Min-Length")
                .filter(text -> text.matches("[0-9]{1,12}"))
                .map(Long::parseLong)
                .orElse(0L);
        return new Session(
                location(answer, answer.address()),
                0,
                Math.max(repository.options().chunkBytes(), smallest));
    }

    /** Sends a part of the blob, or closes the session; empty when the registry has taken the blob. */
    private Optional<Session> send(Session session) throws InterruptedException, TransientException {
        if (!chunked) {
            close(session, blob.size());
            return Optional.empty();
        }
        if (session.offset() == blob.size()) {
            close(session, 0);
            return Optional.empty();
        }
        return Optional.of(sendChunk(session));
    }

    private Session sendChunk(Session session) throws InterruptedException, TransientException {
        long offset = session.offset();
        long length = Math.min(session.chunk(), blob.size() - offset);
        Answer answer = sendPart(
                Request.of("PATCH", session.location()).with("Content-Range", offset + "-" + (offset + length - 1)),
                offset,
                length);
        if (offset == 0 && CHUNK_REFUSALS.contains(answer.status())) {
            chunked = false;
            return begin();
        }
        URI location = location(expectSuccess(answer), session.location());
        long received = received(answer).orElse(offset + length);
        if (received <= offset || received > offset + length) {
            throw FaultException.remote(
                    answer.address().getAuthority() + " was sent the bytes up to " + (offset + length) + " of "
                            + Descriptor.written(blob.digest()) + ", and says that it has " + received + ".",
                    null);
        }
        return new Session(location, received, session.chunk());
    }

    private void close(Session session, long length) throws InterruptedException, TransientException {
        String location = session.location().toString();
        URI closing = URI.create(location + (session.location().getRawQuery() == null ? "?" : "&") + "digest="
                + Descriptor.written(blob.digest()).replace(":", "%3A"));
        repository.requireDigest(expectSuccess(sendPart(Request.of("PUT", closing), 0, length)), blob.digest());
    }

    private Answer sendPart(Request request, long offset, long length) throws InterruptedException, TransientException {
        AtomicLong moved = new AtomicLong();
        return repository.sendOnce(
                request.with("Content-Type", MediaTypes.ANY_BYTES)
                        .sending(() -> content.part(offset, length, sent -> {
                            moved.incrementAndGet();
                            progress.report(offset + sent, blob.size());
                        })),
                moved);
    }

    /** @throws TransientException if another attempt may succeed */
    private Answer expectSuccess(Answer answer) throws TransientException {
        if (answer.succeeded()) {
            return answer;
        }
        // A session that the registry no longer knows, or whose bytes it has lost, is begun anew.
        boolean lost = answer.status() == 404 || answer.status() == 416 || answer.status() == 400;
        if (answer.isTransient() || (lost && farthest > 0)) {
            throw new TransientException(answer);
        }
        throw answer.fault(tried);
    }

    private URI location(Answer answer, URI assumed) {
        URI location = answer.location().orElse(assumed);
        repository.requirePermitted(location, answer.address());
        return location;
    }

    /** How many bytes the registry says that it has; empty if it does not say. */
    private static Optional<Long> received(Answer answer) {
        return answer.header("Range").map(range -> {
            Matcher matcher = RANGE.matcher(range.strip());
            if (!matcher.matches()) {
                throw FaultException.remote(
                        "The registry says by the range \"" + Answer.shown(range) + "\" what it has, which is none.",
                        null);
            }
            return Long.parseLong(matcher.group(1)) + 1;
        });
    }

    /** How far a session is after a failure; empty if it has to begin anew. */
    private Optional<Session> ask(Session session) throws InterruptedException {
        if (!chunked || session.offset() == 0) { // for nothing registries say 0-0, as for one byte
            return Optional.empty();
        }
        Answer answer;
        try {
            answer = repository.sendOnce(Request.of("GET", session.location()), new AtomicLong());
        } catch (TransientException e) {
            return Optional.empty();
        }
        if (!answer.succeeded()) {
            return Optional.empty();
        }
        return received(answer)
                .filter(offset -> offset <= blob.size())
                .map(offset -> new Session(location(answer, session.location()), offset, session.chunk()));
    }

    private void verify() throws InterruptedException, TransientException {
        if (!repository.hasBlob(blob)) {
            throw new TransientException(repository.name() + " took the blob and does not have it", null);
        }
    }
}
