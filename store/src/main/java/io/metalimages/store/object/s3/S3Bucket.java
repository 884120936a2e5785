package io.metalimages.store.object.s3;

import io.metalimages.common.InputOutputReason;
import io.metalimages.store.object.BucketStore;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Where in a bucket a store is, and how its objects are called there.
 *
 * @param prefix empty, or with a slash at its end
 * @param address how messages call it
 * @param conditionalWrites what the user says of them; empty if they are to be tried out
 */
record S3Bucket(String name, String prefix, String address, Optional<Boolean> conditionalWrites) {

    /** What S3 calls the object. */
    String path(ObjectKey key) {
        return prefix + key;
    }

    /** An ETag with the quotation marks that belong to it, which some servers leave out. */
    static String quoted(String eTag) {
        return eTag.startsWith("\"") ? eTag : "\"" + eTag + "\"";
    }

    /** The version that an answer to a write tells. */
    static ObjectVersion version(@Nullable String eTag, ObjectKey key, String address) throws StoreException {
        if (eTag == null) {
            throw BucketStore.halfAnAnswer("write " + key, address);
        }
        return new ObjectVersion(quoted(eTag));
    }

    /** The size of the object of which a range was asked for. */
    static long wholeSize(GetObjectResponse response) {
        return Optional.ofNullable(response.contentRange())
                .map(range -> Long.parseLong(range.substring(range.lastIndexOf('/') + 1)))
                .orElse(response.contentLength());
    }

    /** The ETag of what was sent in parts: the MD5 of the MD5s of the parts, and their number. */
    static String entityTag(Content content, int partBytes) throws StoreException {
        MessageDigest whole = md5();
        int parts = 0;
        try (InputStream input = content.open(ByteRange.ALL)) {
            for (byte[] part = input.readNBytes(partBytes); part.length > 0; part = input.readNBytes(partBytes)) {
                whole.update(md5().digest(part));
                parts++;
            }
        } catch (IOException e) {
            throw new StoreException.Refused("The content cannot be read: " + InputOutputReason.of(e) + ".", e);
        }
        return HexFormat.of().formatHex(whole.digest()) + "-" + parts;
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has MD5", impossible);
        }
    }
}
