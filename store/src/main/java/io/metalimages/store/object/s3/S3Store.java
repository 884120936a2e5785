package io.metalimages.store.object.s3;

import io.metalimages.store.object.BucketStore;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Capabilities;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectInput;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectReader;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.object.WebHeaders;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A store in a bucket, at Amazon or wherever else there is S3's interface (Amazon S3 API Reference, 2006-03-01).
 *
 * <p>What is written is compared with its fingerprint before the last byte is sent, carries its checksums with every
 * request, for the server to compare, and is compared with what the server says of it afterwards. A version is an ETag.
 */
public final class S3Store extends BucketStore {

    private final S3Client client;
    private final S3Acceptance acceptance;
    private final S3Bucket bucket;
    private final int partBytes;
    private final long mostCopied;
    private final S3Upload upload;

    @Nullable
    private volatile Boolean conditionalWrites;

    /** Whether checksums go along in headers of their own: some servers refuse all that they do not know. */
    private volatile boolean checksumHeaders = true;

    /**
     * @param client is closed with the store
     * @param acceptance sees what the client does
     * @param partBytes the size of the parts in which larger contents are sent, and the largest that is sent at once;
     *     S3 wants 5 MiB at least
     * @param mostCopied how many bytes are copied by one request; S3 allows 5 GiB at most
     */
    S3Store(S3Client client, S3Acceptance acceptance, S3Bucket bucket, int partBytes, long mostCopied) {
        this.client = client;
        this.acceptance = acceptance;
        this.bucket = bucket;
        this.partBytes = partBytes;
        this.mostCopied = mostCopied;
        this.upload = new S3Upload(client, bucket, partBytes, this::failure);
        this.conditionalWrites = bucket.conditionalWrites().orElse(null);
    }

    @Override
    public String address() {
        return bucket.address();
    }

    private S3Failure failure(SdkException cause, String what) {
        return new S3Failure(cause, what, address(), acceptance.isAccepted());
    }

    /** Tries the conditions out, unless the user said what comes of it: there are servers that ignore them. */
    @Override
    public Capabilities capabilities() throws StoreException {
        Boolean known = conditionalWrites;
        if (known == null) {
            known = probe();
            conditionalWrites = known;
        }
        return new Capabilities(known, false);
    }

    /** Leaves nothing behind; where nothing may be deleted, one object of a name that stays the same. */
    private boolean probe() throws StoreException {
        String fixed = bucket.prefix() + ".metal-images/probe";
        String name = fixed + "-" + UUID.randomUUID();
        String what = "find out whether there are conditional writes";
        boolean deletes = deleteProbe(name);
        try {
            // Where it is heeded, nothing is written.
            boolean heeded = isRefused(
                    put(name).ifMatch("\"00000000000000000000000000000000\"").build());
            if (heeded) {
                String probe = deletes ? name : fixed;
                boolean existed = isRefused(put(probe).ifNoneMatch("*").build());
                heeded = existed || isRefused(put(probe).ifNoneMatch("*").build());
            }
            return heeded;
        } catch (SdkException e) {
            S3Failure failure = failure(e, what);
            if (failure.isNotImplemented()) {
                return false;
            }
            throw failure.exception();
        } finally {
            if (deletes) {
                deleteProbe(name);
            }
        }
    }

    /** Whether this account may delete; whether there is such an object makes no difference. */
    private boolean deleteProbe(String name) throws StoreException {
        try {
            client.deleteObject(request -> request.bucket(bucket.name()).key(name));
            return true;
        } catch (SdkException e) {
            S3Failure failure = failure(e, "delete what was written to find out about conditional writes");
            if (failure.isDenied() || failure.isNotImplemented()) {
                return false;
            }
            if (failure.isAbsence()) {
                return true;
            }
            throw failure.exception();
        }
    }

    private PutObjectRequest.Builder put(String name) {
        return PutObjectRequest.builder().bucket(bucket.name()).key(name);
    }

    /** @throws SdkException if the request fails for another reason than its condition */
    private boolean isRefused(PutObjectRequest request) {
        try {
            client.putObject(request, RequestBody.empty());
            return false;
        } catch (SdkException e) {
            S3Failure failure = failure(e, "write");
            if (failure.isUnmetCondition() || failure.isAbsence()) {
                return true;
            }
            throw e;
        }
    }

    /**
     * Sends a request with checksums in headers of their own, and if the server may not know those, without.
     *
     * @param request sends it, with these headers or without
     */
    private <R> R checksummed(Function<Boolean, R> request) {
        if (!checksumHeaders) {
            return request.apply(false);
        }
        try {
            return request.apply(true);
        } catch (SdkException e) {
            if (!failure(e, "send checksums").mayBeUnknownHeader()) {
                throw e;
            }
        }
        R response = request.apply(false);
        checksumHeaders = false;
        return response;
    }

    @Override
    public Stream<ObjectSummary> list(String directory) throws StoreException {
        String start = bucket.prefix() + (directory.isEmpty() ? "" : new ObjectKey(directory) + "/");
        String what = "list " + (directory.isEmpty() ? "the bucket" : directory);
        try {
            Iterator<S3Object> objects = client.listObjectsV2Paginator(
                            request -> request.bucket(bucket.name()).prefix(start))
                    .contents()
                    .iterator();
            return Stream.generate(() -> next(objects, what))
                    .takeWhile(Optional::isPresent)
                    .flatMap(Optional::stream)
                    .flatMap(object -> summary(object).stream());
        } catch (SdkException e) {
            throw failure(e, what).exception();
        }
    }

    @Override
    public List<String> directories(String directory) throws StoreException {
        String start = bucket.prefix() + new ObjectKey(directory) + "/";
        try {
            return client
                    .listObjectsV2Paginator(request ->
                            request.bucket(bucket.name()).prefix(start).delimiter("/"))
                    .commonPrefixes()
                    .stream()
                    .map(common -> common.prefix()
                            .substring(start.length(), common.prefix().length() - 1))
                    .filter(name -> ObjectKey.parse(name).isPresent())
                    .toList();
        } catch (SdkException e) {
            throw failure(e, "list " + directory).exception();
        }
    }

    private Optional<S3Object> next(Iterator<S3Object> objects, String what) {
        try {
            return objects.hasNext() ? Optional.of(objects.next()) : Optional.empty();
        } catch (SdkException e) {
            throw new UncheckedIOException(failure(e, what).exception());
        }
    }

    private Optional<ObjectSummary> summary(S3Object object) {
        return ObjectKey.parse(object.key().substring(bucket.prefix().length()))
                .map(key -> new ObjectSummary(
                        key,
                        object.size(),
                        object.lastModified().truncatedTo(ChronoUnit.SECONDS),
                        new ObjectVersion(S3Bucket.quoted(object.eTag()))));
    }

    @Override
    public Optional<ObjectSummary> find(ObjectKey key) throws StoreException {
        return head(key)
                .map(head -> new ObjectSummary(
                        key,
                        head.contentLength(),
                        head.lastModified().truncatedTo(ChronoUnit.SECONDS),
                        new ObjectVersion(S3Bucket.quoted(head.eTag()))));
    }

    private Optional<HeadObjectResponse> head(ObjectKey key) throws StoreException {
        try {
            HeadObjectResponse head = checksummed(checksums -> client.headObject(request -> {
                request.bucket(bucket.name()).key(bucket.path(key));
                if (checksums) {
                    request.checksumMode(ChecksumMode.ENABLED);
                }
            }));
            if (head.contentLength() == null || head.eTag() == null || head.lastModified() == null) {
                throw halfAnAnswer("look for " + key, address());
            }
            return Optional.of(head);
        } catch (SdkException e) {
            S3Failure failure = withReason(failure(e, "look for " + key), key);
            if (failure.isAbsence()) {
                return Optional.empty();
            }
            throw failure.exception();
        }
    }

    /** The same refusal by a response that has a body. */
    private S3Failure withReason(S3Failure refusal, ObjectKey key) {
        if (!refusal.lacksReason()) {
            return refusal;
        }
        try {
            client.getObject(request ->
                            request.bucket(bucket.name()).key(bucket.path(key)).range("bytes=0-0"))
                    .abort();
            return refusal;
        } catch (SdkException e) {
            return failure(e, refusal.what());
        }
    }

    @Override
    public ObjectReader read(ObjectKey key, ByteRange range) throws StoreException {
        if (range.length() == 0) {
            return nothing(key);
        }
        try {
            ResponseInputStream<GetObjectResponse> answer = client.getObject(request -> {
                request.bucket(bucket.name()).key(bucket.path(key));
                if (!range.equals(ByteRange.ALL)) {
                    request.range(range.header());
                }
            });
            if (answer.response().contentLength() == null || answer.response().eTag() == null) {
                answer.abort();
                throw halfAnAnswer("read " + key, address());
            }
            long bytes = S3Bucket.wholeSize(answer.response());
            return new ObjectReader(
                    key,
                    bytes,
                    new ObjectVersion(S3Bucket.quoted(answer.response().eTag())),
                    new ObjectInput(answer, range.within(bytes), key, address()));
        } catch (SdkException e) {
            S3Failure failure = failure(e, "read " + key);
            if (failure.isBehindTheEnd()) {
                return nothing(key);
            }
            throw failure.isAbsence() ? new StoreException.NoSuchObject(key, address()) : failure.exception();
        }
    }

    @Override
    public boolean holds(ObjectKey key, Content content) throws StoreException {
        Optional<HeadObjectResponse> head = head(key);
        if (head.isEmpty() || head.get().contentLength() != content.bytes()) {
            return false;
        }
        return isAttested(head.get(), content.fingerprint())
                || isAttestedByParts(head.get(), content)
                || super.holds(key, content.fingerprint());
    }

    @Override
    public boolean holds(ObjectKey key, Fingerprint fingerprint) throws StoreException {
        Optional<HeadObjectResponse> head = head(key);
        return head.filter(found -> found.contentLength() == fingerprint.bytes())
                        .isPresent()
                && (isAttested(head.get(), fingerprint) || super.holds(key, fingerprint));
    }

    /**
     * Whether the server's own checksum says that an object has this content: its SHA-256, its ETag, which is the MD5 where
     * nothing is encrypted, or, if it was sent in parts, the SHA-256 that was compared when it was.
     */
    private static boolean isAttested(HeadObjectResponse head, Fingerprint fingerprint) {
        String sha256 = Base64.getEncoder()
                .encodeToString(HexFormat.of().parseHex(fingerprint.sha256().hex()));
        return sha256.equals(head.checksumSHA256())
                || eTag(head).equals(fingerprint.md5())
                || fingerprint.sha256().hex().equals(head.metadata().get(SHA256));
    }

    /** Whether the ETag says so, being made of the MD5s of the parts that this class sends. */
    private boolean isAttestedByParts(HeadObjectResponse head, Content content) throws StoreException {
        return eTag(head).contains("-") && eTag(head).equals(S3Bucket.entityTag(content, partBytes));
    }

    private static String eTag(HeadObjectResponse head) {
        return head.eTag().replace("\"", "");
    }

    @Override
    public ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException {
        if (find(key).isPresent()) {
            throw new StoreException.ObjectExists(key, address());
        }
        S3Condition condition = capabilities().conditionalWrites() ? new S3Condition.Absent() : new S3Condition.None();
        try {
            ObjectVersion version = send(key, content, condition);
            requireWritten(key, content, version);
            return version;
        } catch (SdkException e) {
            S3Failure failure = failure(e, "write " + key);
            throw failure.isUnmetCondition() ? new StoreException.ObjectExists(key, address()) : failure.exception();
        }
    }

    @Override
    public ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException {
        if (find(key).filter(found -> found.version().equals(expected)).isEmpty()) {
            throw new StoreException.VersionChanged(key, address());
        }
        S3Condition condition =
                capabilities().conditionalWrites() ? new S3Condition.Version(expected.value()) : new S3Condition.None();
        try {
            return send(key, content, condition);
        } catch (SdkException e) {
            S3Failure failure = failure(e, "replace " + key);
            throw failure.isUnmetCondition() || failure.isAbsence()
                    ? new StoreException.VersionChanged(key, address())
                    : failure.exception();
        }
    }

    private ObjectVersion send(ObjectKey key, Content content, S3Condition condition) throws StoreException {
        if (content.bytes() > partBytes) {
            return upload.send(key, content, condition);
        }
        byte[] bytes = checked(key, content, address());
        WebHeaders headers = WebHeaders.of(key);
        HexFormat hexadecimal = HexFormat.of();
        PutObjectRequest.Builder request = put(bucket.path(key))
                .contentType(headers.contentType())
                .cacheControl(headers.cacheControl())
                .contentMD5(Base64.getEncoder()
                        .encodeToString(
                                hexadecimal.parseHex(content.fingerprint().md5())));
        switch (condition) {
            case S3Condition.None() -> {}
            case S3Condition.Absent() -> request.ifNoneMatch("*");
            case S3Condition.Version(String eTag) -> request.ifMatch(eTag);
        }
        String sha256 = Base64.getEncoder()
                .encodeToString(
                        hexadecimal.parseHex(content.fingerprint().sha256().hex()));
        String eTag = checksummed(checksums -> client.putObject(
                        request.checksumSHA256(checksums ? sha256 : null).build(), RequestBody.fromBytes(bytes)))
                .eTag();
        return new ObjectVersion(S3Bucket.quoted(eTag));
    }

    /** Nobody refers to a new object yet, so a damaged one can go; but not what another writer has put in its place. */
    private void requireWritten(ObjectKey key, Content content, ObjectVersion version) throws StoreException {
        if (holds(key, content)) {
            return;
        }
        if (find(key).filter(found -> !found.version().equals(version)).isPresent()) {
            throw new StoreException.ObjectExists(key, address());
        }
        deleteOnly(key, version);
        throw arrivedDamaged(key, address());
    }

    /** On a condition, where the server knows one for this; it may have been replaced since it was looked at. */
    private void deleteOnly(ObjectKey key, ObjectVersion version) throws StoreException {
        try {
            client.deleteObject(request ->
                    request.bucket(bucket.name()).key(bucket.path(key)).ifMatch(version.value()));
        } catch (SdkException e) {
            S3Failure failure = failure(e, "delete " + key);
            if (failure.mayBeUnknownHeader()) {
                delete(key);
            } else if (!failure.isUnmetCondition() && !failure.isAbsence()) {
                throw failure.exception();
            }
        }
    }

    @Override
    public void copy(ObjectKey source, ObjectKey target) throws StoreException {
        HeadObjectResponse found = head(source).orElseThrow(() -> new StoreException.NoSuchObject(source, address()));
        Map<String, String> metadata = Map.of(SOURCE, encoded(source));
        try {
            if (found.contentLength() > mostCopied) {
                upload.copy(source, found, target, metadata, mostCopied);
            } else {
                copyAtOnce(source, target, metadata);
            }
        } catch (SdkException e) {
            S3Failure failure = failure(e, "copy " + source + " to " + target);
            if (failure.isUnmetCondition()) {
                throw new StoreException.Unavailable(
                        source + " in " + address() + " was changed while it was copied.", e);
            }
            throw failure.isAbsence() ? new StoreException.NoSuchObject(source, address()) : failure.exception();
        }
    }

    private void copyAtOnce(ObjectKey source, ObjectKey target, Map<String, String> metadata) {
        WebHeaders headers = WebHeaders.of(target);
        client.copyObject(request -> request.sourceBucket(bucket.name())
                .sourceKey(bucket.path(source))
                .destinationBucket(bucket.name())
                .destinationKey(bucket.path(target))
                .metadataDirective(MetadataDirective.REPLACE)
                .contentType(headers.contentType())
                .cacheControl(headers.cacheControl())
                .metadata(metadata));
    }

    @Override
    public Optional<String> sourceOf(ObjectKey key) throws StoreException {
        return head(key).flatMap(head -> Optional.ofNullable(head.metadata().get(SOURCE)));
    }

    @Override
    public void delete(ObjectKey key) throws StoreException {
        try {
            client.deleteObject(request -> request.bucket(bucket.name()).key(bucket.path(key)));
        } catch (SdkException e) {
            S3Failure failure = failure(e, "delete " + key);
            if (!failure.isAbsence()) {
                throw failure.exception();
            }
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
