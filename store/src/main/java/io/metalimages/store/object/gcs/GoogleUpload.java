package io.metalimages.store.object.gcs;

import io.metalimages.http.Request;
import io.metalimages.http.RequestBody;
import io.metalimages.http.Response;
import io.metalimages.store.object.BucketStore;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.object.UploadProgress;
import io.metalimages.store.object.WebHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Sends a large content in parts ("Resumable uploads"). After a failure the next attempt asks the server how much it has,
 * and goes on there. The address of an upload is a secret: who knows it can write. So it is kept in memory only, and a
 * process that is killed begins anew. Thread-safe.
 */
final class GoogleUpload {

    private static final int RESUME_INCOMPLETE = 308;
    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

    private final GoogleConnection connection;
    private final int partBytes;
    private final Map<Sought, URI> unfinished = new ConcurrentHashMap<>();
    private final UploadProgress progress = new UploadProgress();

    GoogleUpload(GoogleConnection connection, int partBytes) {
        this.connection = connection;
        this.partBytes = partBytes;
    }

    /** What an upload is for: only the same is gone on with. */
    private record Sought(ObjectKey key, Fingerprint fingerprint, String path) {}

    /** The answer to the last part of a content, and the checksum of what was sent. */
    record Written(Response<byte[]> answer, CRC32C checksum) {}

    /**
     * Sends a content.
     *
     * @param path what begins an upload, with the condition
     * @return the last answer: the object, or why there is none
     * @throws StoreException.Unavailable if the next attempt may go on with what was sent
     * @throws StoreException.ContentDamaged if the content is not what it should be; what was sent is dropped
     */
    Written send(ObjectKey key, Content content, String path, byte[] metadata) throws StoreException {
        Sought sought = new Sought(key, content.fingerprint(), path);
        Optional<URI> session = Optional.ofNullable(unfinished.get(sought));
        Sending sending = new Sending(sought);
        Optional<Response<byte[]>> last = session.isPresent() ? sending.resume(session.get()) : sending.begin(metadata);
        CRC32C checksum = new CRC32C();
        Fingerprint.Counting counting = new Fingerprint.Counting();
        long end = 0;
        try (InputStream input = content.open(ByteRange.ALL)) {
            for (byte[] part = input.readNBytes(partBytes); part.length > 0; part = input.readNBytes(partBytes)) {
                long start = end;
                end += part.length;
                counting.add(part, part.length);
                checksum.update(part);
                if (end >= content.bytes()) {
                    BucketStore.requireEqual(counting.end(), content, key, connection.address());
                }
                while (last.isEmpty() && sending.offset < end) {
                    last = sending.sendPart(part, start);
                }
            }
            if (end < content.bytes()) {
                BucketStore.requireEqual(counting.end(), content, key, connection.address());
            }
        } catch (StoreException.ContentDamaged e) {
            sending.cancel(e);
            throw e;
        } catch (StoreException e) {
            throw progress.marked(e, content.fingerprint(), sending.offset);
        } catch (IOException e) {
            throw BucketStore.unreadable(key, e);
        }
        return new Written(last.orElseThrow(sending::halfAnAnswer), checksum);
    }

    /** One attempt. Answers that end the upload are returned, whatever they say. */
    private final class Sending {

        private final Sought sought;
        private final String what;
        private URI session = URI.create("");
        private long offset;

        Sending(Sought sought) {
            this.sought = sought;
            this.what = "write " + sought.key();
        }

        StoreException halfAnAnswer() {
            return BucketStore.halfAnAnswer(what, connection.address());
        }

        Optional<Response<byte[]>> begin(byte[] metadata) throws StoreException {
            Response<byte[]> answer = connection.exchange(
                    connection
                            .request("POST", sought.path())
                            .with("Content-Type", "application/json; charset=UTF-8")
                            .with(
                                    "X-Upload-Content-Type",
                                    WebHeaders.of(sought.key()).contentType())
                            .with(
                                    "X-Upload-Content-Length",
                                    Long.toString(sought.fingerprint().bytes()))
                            .sending(RequestBody.of(metadata)),
                    what);
            if (!answer.succeeded()) {
                return Optional.of(answer);
            }
            session = address(answer);
            unfinished.put(sought, session);
            return Optional.empty();
        }

        /** The token goes where this leads. */
        private URI address(Response<byte[]> answer) throws StoreException {
            // Without the address: it is a secret.
            return answer.location()
                    .filter(connection::leadsTo)
                    .orElseThrow(() -> new StoreException.Refused(
                            "Tried to " + what + " in " + connection.address()
                                    + " but failed: the server wants to have it sent to another one.",
                            null));
        }

        Optional<Response<byte[]>> resume(URI known) throws StoreException {
            session = known;
            return put("*", RequestBody.EMPTY);
        }

        /**
         * Sends what the server lacks of a part.
         *
         * @param start where the part is in the content
         */
        Optional<Response<byte[]>> sendPart(byte[] part, long start) throws StoreException {
            long before = offset;
            int skipped = (int) (before - start);
            Optional<Response<byte[]>> last =
                    put(before + "-" + (start + part.length - 1), RequestBody.of(part, skipped, part.length - skipped));
            if (last.isEmpty() && (offset <= before || offset > start + part.length)) {
                throw halfAnAnswer();
            }
            return last;
        }

        private Optional<Response<byte[]>> put(String range, RequestBody body) throws StoreException {
            Response<byte[]> answer = connection.exchange(
                    Request.of("PUT", session)
                            .with(
                                    "Content-Range",
                                    "bytes " + range + "/"
                                            + sought.fingerprint().bytes())
                            .sending(body),
                    what);
            if (answer.status() == RESUME_INCOMPLETE) {
                offset = received(answer);
                return Optional.empty();
            }
            GoogleFailure failure = connection.failure(answer, what);
            if (GoogleFailure.isTransient(answer.status())) {
                throw failure.exception();
            }
            unfinished.remove(sought);
            if (failure.isLostUpload()) {
                throw new StoreException.Unavailable(
                        "Tried to " + what + " in " + connection.address()
                                + " but failed: the server forgot what it had of it.",
                        null);
            }
            return Optional.of(answer);
        }

        private long received(Response<byte[]> answer) throws StoreException {
            Optional<String> range = answer.header("Range");
            if (range.isEmpty()) {
                return 0;
            }
            Matcher matcher = RANGE.matcher(range.get());
            if (!matcher.matches()) {
                throw halfAnAnswer();
            }
            return Long.parseLong(matcher.group(1)) + 1;
        }

        private void cancel(StoreException reason) {
            unfinished.remove(sought);
            try {
                connection.exchange(Request.of("DELETE", session), what);
            } catch (StoreException e) {
                reason.addSuppressed(e); // it ends by itself, after a week
            }
        }
    }
}
