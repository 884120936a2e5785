package io.metalimages.store.object.s3;

import io.metalimages.store.object.BucketStore;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.object.UploadProgress;
import io.metalimages.store.object.WebHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Sends or copies a large content in parts, several of them at the same time. An upload that was left unfinished is gone on
 * with, if the server tells of it: parts that it has, with the MD5 that they should have, are not sent again. Some list
 * uploads that are gone, or without end, and some accounts may not list them.
 */
final class S3Upload {

    /** How many parts are on their way at the same time, each of them in memory. */
    private static final int MOST_AT_ONCE = 4;

    /** A content of one terabyte has as many parts. */
    private static final int MOST_PAGES_OF_PARTS = 64;

    private static final String GONE = "NoSuchUpload";
    private static final int NOT_IMPLEMENTED = 501;

    private final S3Client client;
    private final S3Bucket bucket;
    private final int partBytes;
    private final S3Failure.Factory failures;
    private final UploadProgress progress = new UploadProgress();
    private final Set<String> gone = ConcurrentHashMap.newKeySet();

    S3Upload(S3Client client, S3Bucket bucket, int partBytes, S3Failure.Factory failures) {
        this.client = client;
        this.bucket = bucket;
        this.partBytes = partBytes;
        this.failures = failures;
    }

    /**
     * An upload that was begun before.
     *
     * @param parts those that the server has, by their numbers
     */
    private record Unfinished(String id, Map<Integer, Part> parts) {}

    /**
     * Sends a content, and makes it an object when the last part is there.
     *
     * @throws SdkException if the last request fails, or the condition is not fulfilled; what was sent stays for the next time
     * @throws StoreException.Unavailable if a part could not be sent; likewise
     * @throws StoreException.ContentDamaged if the content is not what it should be; what was sent is dropped
     */
    ObjectVersion send(ObjectKey key, Content content, S3Condition condition) throws StoreException {
        String path = bucket.path(key);
        Optional<Unfinished> unfinished = unfinished(path);
        String upload = unfinished.map(Unfinished::id).orElseGet(() -> begin(key, path, attested(key, content)));
        Map<Integer, Part> present = unfinished.map(Unfinished::parts).orElse(Map.of());
        List<CompletedPart> parts = new ArrayList<>();
        Deque<Future<CompletedPart>> underway = new ArrayDeque<>();
        Fingerprint.Counting counting = new Fingerprint.Counting();
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();
                InputStream input = content.open(ByteRange.ALL)) {
            for (byte[] read = input.readNBytes(partBytes); read.length > 0; read = input.readNBytes(partBytes)) {
                byte[] part = read;
                counting.add(part, part.length);
                if (underway.size() == MOST_AT_ONCE) {
                    parts.add(arrived(underway.removeFirst()));
                }
                int number = parts.size() + underway.size() + 1;
                underway.add(senders.submit(
                        () -> sent(path, upload, number, part, Optional.ofNullable(present.get(number)))));
            }
            while (!underway.isEmpty()) {
                parts.add(arrived(underway.removeFirst()));
            }
        } catch (SdkException e) {
            if (e instanceof S3Exception answer && S3Failure.code(answer).equals(GONE)) {
                gone.add(upload);
            }
            throw progress.marked(
                    failures.of(e, "write " + key).exception(), content.fingerprint(), (long) parts.size() * partBytes);
        } catch (IOException e) {
            throw BucketStore.unreadable(key, e);
        }
        try {
            BucketStore.requireEqual(counting.end(), content, key, bucket.address());
        } catch (StoreException.ContentDamaged e) {
            client.abortMultipartUpload(
                    request -> request.bucket(bucket.name()).key(path).uploadId(upload));
            throw e;
        }
        return S3Bucket.version(complete(path, upload, parts, condition), key, bucket.address());
    }

    /** What is named by its digest has the same content whenever an upload of it was begun. */
    private static Map<String, String> attested(ObjectKey key, Content content) {
        String sha256 = content.fingerprint().sha256().hex();
        return key.name().equals(sha256) ? Map.of(BucketStore.SHA256, sha256) : Map.of();
    }

    private static CompletedPart arrived(Future<CompletedPart> part) {
        try {
            return part.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw AbortedException.create("interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SdkException failure ? failure : new IllegalStateException(e.getCause());
        }
    }

    /** To go on is a convenience: whatever keeps it from being known, there is nothing to go on with. */
    private Optional<Unfinished> unfinished(String path) {
        try {
            return client
                    .listMultipartUploads(
                            request -> request.bucket(bucket.name()).prefix(path))
                    .uploads()
                    .stream()
                    .filter(upload -> path.equals(upload.key()) && !gone.contains(upload.uploadId()))
                    .max(Comparator.comparing(
                            MultipartUpload::initiated, Comparator.nullsFirst(Comparator.naturalOrder())))
                    .map(MultipartUpload::uploadId)
                    .map(upload -> new Unfinished(upload, parts(path, upload)));
        } catch (AbortedException e) {
            throw e;
        } catch (SdkException e) {
            return Optional.empty();
        }
    }

    private String begin(ObjectKey key, String path, Map<String, String> metadata) {
        WebHeaders headers = WebHeaders.of(key);
        return client.createMultipartUpload(request -> request.bucket(bucket.name())
                        .key(path)
                        .contentType(headers.contentType())
                        .cacheControl(headers.cacheControl())
                        .metadata(metadata))
                .uploadId();
    }

    /**
     * Copies an object inside the store, in parts, and makes them an object when the last one is there.
     *
     * @param found what the server says of the source; it must not change meanwhile
     * @param mostBytes how large a part may be
     * @throws SdkException if the server fails; there is nothing left of the copy then, if the server can be told so
     */
    void copy(
            ObjectKey source,
            HeadObjectResponse found,
            ObjectKey target,
            Map<String, String> metadata,
            long mostBytes) {
        String path = bucket.path(target);
        String upload = begin(target, path, metadata);
        try {
            List<CompletedPart> parts = new ArrayList<>();
            for (long start = 0; start < found.contentLength(); start += mostBytes) {
                ByteRange range = new ByteRange(start, Math.min(mostBytes, found.contentLength() - start));
                int number = parts.size() + 1;
                String eTag = client.uploadPartCopy(request -> request.sourceBucket(bucket.name())
                                .sourceKey(bucket.path(source))
                                .copySourceIfMatch(found.eTag())
                                .copySourceRange(range.header())
                                .destinationBucket(bucket.name())
                                .destinationKey(path)
                                .uploadId(upload)
                                .partNumber(number))
                        .copyPartResult()
                        .eTag();
                parts.add(CompletedPart.builder().partNumber(number).eTag(eTag).build());
            }
            complete(path, upload, parts, new S3Condition.None());
        } catch (SdkException e) {
            abort(path, upload, e);
            throw e;
        }
    }

    private void abort(String path, String upload, SdkException reason) {
        try {
            client.abortMultipartUpload(
                    request -> request.bucket(bucket.name()).key(path).uploadId(upload));
        } catch (SdkException e) {
            reason.addSuppressed(e);
        }
    }

    private Map<Integer, Part> parts(String path, String upload) {
        Map<Integer, Part> parts = new HashMap<>();
        client
                .listPartsPaginator(
                        request -> request.bucket(bucket.name()).key(path).uploadId(upload))
                .stream()
                .limit(MOST_PAGES_OF_PARTS)
                .flatMap(page -> page.parts().stream())
                .forEach(part -> parts.put(part.partNumber(), part));
        return parts;
    }

    private CompletedPart sent(String path, String upload, int number, byte[] bytes, Optional<Part> present) {
        String md5 = Fingerprint.of(bytes).md5();
        String eTag = present.filter(part -> part.eTag().replace("\"", "").equals(md5))
                .map(Part::eTag)
                .orElseGet(() -> client.uploadPart(
                                request -> request.bucket(bucket.name())
                                        .key(path)
                                        .uploadId(upload)
                                        .partNumber(number)
                                        .contentMD5(Base64.getEncoder()
                                                .encodeToString(HexFormat.of().parseHex(md5))),
                                RequestBody.fromBytes(bytes))
                        .eTag());
        return CompletedPart.builder().partNumber(number).eTag(eTag).build();
    }

    @Nullable
    private String complete(String path, String upload, List<CompletedPart> parts, S3Condition condition) {
        CompleteMultipartUploadRequest.Builder request = CompleteMultipartUploadRequest.builder()
                .bucket(bucket.name())
                .key(path)
                .uploadId(upload)
                .multipartUpload(completed -> completed.parts(parts));
        switch (condition) {
            case S3Condition.None() -> {}
            case S3Condition.Absent() -> request.ifNoneMatch("*");
            case S3Condition.Version(String eTag) -> request.ifMatch(eTag);
        }
        try {
            return client.completeMultipartUpload(request.build()).eTag();
        } catch (S3Exception e) {
            // Some know conditions of what is sent at once only. What is sent in parts is found by its content.
            if (e.statusCode() != NOT_IMPLEMENTED || condition instanceof S3Condition.None) {
                throw e;
            }
            return client.completeMultipartUpload(
                            request.ifNoneMatch(null).ifMatch(null).build())
                    .eTag();
        }
    }
}
