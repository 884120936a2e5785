package io.metalimages.store;

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

/**
 * Sends or copies a large content in parts, several of them at the same time. An upload that was left unfinished is gone on
 * with: parts that the server has, with the MD5 that they should have, are not sent again.
 */
final class S3Upload {

    /** How many parts are on their way at the same time, each of them in memory. */
    private static final int MOST_AT_ONCE = 4;

    private final S3Client client;
    private final S3Bucket bucket;
    private final int partBytes;

    S3Upload(S3Client client, S3Bucket bucket, int partBytes) {
        this.client = client;
        this.bucket = bucket;
        this.partBytes = partBytes;
    }

    /**
     * Sends a content, and makes it an object when the last part is there.
     *
     * @throws SdkException if the server fails, or the condition is not fulfilled; what was sent stays for the next time
     * @throws StoreException.ContentDamaged if the content is not what it should be; what was sent is dropped
     */
    ObjectVersion send(ObjectKey key, Content content, S3Condition condition) throws StoreException {
        String path = bucket.path(key);
        Optional<String> unfinished = unfinished(path);
        String upload = unfinished.orElseGet(() -> begin(key, path, Map.of()));
        Map<Integer, Part> present = unfinished.isPresent() ? parts(path, upload) : Map.of();
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

    private Optional<String> unfinished(String path) {
        return client
                .listMultipartUploadsPaginator(
                        request -> request.bucket(bucket.name()).prefix(path))
                .uploads()
                .stream()
                .filter(upload -> upload.key().equals(path))
                .max(Comparator.comparing(MultipartUpload::initiated))
                .map(MultipartUpload::uploadId);
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
        client.listPartsPaginator(
                        request -> request.bucket(bucket.name()).key(path).uploadId(upload))
                .parts()
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
        return client.completeMultipartUpload(request.build()).eTag();
    }
}
