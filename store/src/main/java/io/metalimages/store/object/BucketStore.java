package io.metalimages.store.object;

import io.metalimages.common.InputOutputReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/** What stores in buckets have in common: no directories, objects that are written whole, metadata beside the bytes. */
public abstract class BucketStore implements ObjectStore {

    /** The name under which the metadata of a plain name tells what it is a copy of. */
    public static final String SOURCE = "metal-images-source";

    /** The name under which the metadata of what was sent in parts tell its SHA-256, which was compared before the last part. */
    public static final String SHA256 = "metal-images-sha256";

    /** What the metadata of an object say that it is a copy of; empty if there is no object, or it is none. */
    public abstract Optional<String> sourceOf(ObjectKey key) throws StoreException;

    /** How metadata name an object, which may hold ASCII only. */
    public static String encoded(ObjectKey key) {
        return URLEncoder.encode(key.value(), StandardCharsets.UTF_8);
    }

    @Override
    public final boolean project(ObjectKey directory, SequencedMap<String, ObjectKey> sources) throws StoreException {
        List<String> outdated = new ArrayList<>();
        Set<ObjectKey> targets = new HashSet<>();
        for (Map.Entry<String, ObjectKey> source : sources.entrySet()) {
            ObjectKey target = directory.resolve(source.getKey());
            targets.add(target);
            if (sourceOf(target).filter(encoded(source.getValue())::equals).isEmpty()) {
                outdated.add(source.getKey());
            }
        }
        List<ObjectKey> surplus;
        try (Stream<ObjectSummary> present = list(directory.value())) {
            surplus = present.map(ObjectSummary::key)
                    .filter(key -> !targets.contains(key))
                    .toList();
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
        for (Map.Entry<String, ObjectKey> source : sources.entrySet()) {
            if (outdated.contains(source.getKey())) {
                copy(source.getValue(), directory.resolve(source.getKey()));
            }
        }
        for (ObjectKey key : surplus) {
            delete(key);
        }
        return !outdated.isEmpty() || !surplus.isEmpty();
    }

    /** The answer to who wants no byte of an object. */
    public final ObjectReader nothing(ObjectKey key) throws StoreException {
        ObjectSummary summary = find(key).orElseThrow(() -> new StoreException.NoSuchObject(key, address()));
        return new ObjectReader(key, summary.bytes(), summary.version(), InputStream.nullInputStream());
    }

    /** A small content in memory, which is what it should be. */
    public static byte[] checked(ObjectKey key, Content content, String address) throws StoreException {
        try (InputStream input = content.open(ByteRange.ALL)) {
            byte[] bytes = input.readNBytes((int) content.bytes() + 1);
            requireEqual(Fingerprint.of(bytes), content, key, address);
            return bytes;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw unreadable(key, e);
        }
    }

    public static StoreException unreadable(ObjectKey key, IOException cause) {
        return new StoreException.Refused(
                "What is to become " + key + " cannot be read: " + InputOutputReason.of(cause) + ".", cause);
    }

    public static void requireEqual(Fingerprint read, Content content, ObjectKey key, String address)
            throws StoreException {
        if (!read.equals(content.fingerprint())) {
            throw new StoreException.ContentDamaged(
                    "What was to become " + key + " in " + address + " has the SHA-256 " + read.sha256()
                            + " and not, as it should, "
                            + content.fingerprint().sha256() + ".",
                    null);
        }
    }

    public static StoreException arrivedDamaged(ObjectKey key, String address) {
        return new StoreException.ContentDamaged(
                key + " arrived in " + address + " as something else. It was deleted again.", null);
    }

    public static StoreException halfAnAnswer(String what, String address) {
        return new StoreException.Unavailable("Tried to " + what + " in " + address + " but got half an answer.", null);
    }
}
