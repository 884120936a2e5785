package io.metalimages.store.object;

import io.metalimages.common.InputOutputReason;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * Bytes under keys. Thread-safe, and safe to be used by several processes on several machines at once.
 *
 * <p>An object is replaced as a whole: whoever reads it gets one content that it had, from the first byte to the last, and
 * whoever reads it after a method here has returned gets what that method wrote, or something newer. A process that is
 * killed leaves each object as it was, or as it was to be.
 *
 * <p>A key that names an object should not be a directory in another key, as {@code a} is in {@code a/b}: buckets allow
 * it, directories refuse it.
 *
 * <p>All methods fail with {@link StoreException.Unavailable} or {@link StoreException.Refused} for reasons that have
 * nothing to do with the object; the others are named. {@link RetryingStore} tries again where that may help.
 */
public interface ObjectStore extends AutoCloseable {

    /** How messages call this store: its URL, without anything secret. */
    String address();

    /** What this backend can do. May ask the store for it, once. */
    Capabilities capabilities() throws StoreException;

    /**
     * All objects below a directory, at any depth, ordered by key. The stream is to be closed. Its entries are fetched as
     * it is read, so it may show or miss what is written or deleted meanwhile; what goes wrong then is an
     * {@link java.io.UncheckedIOException} around a {@link StoreException}.
     *
     * @param directory for instance {@code metal-os/stable}; empty for the whole store
     */
    Stream<ObjectSummary> list(String directory) throws StoreException;

    /**
     * The names of what lies immediately below a directory and has objects below itself, ordered. Takes no more than those: the
     * objects further down are not looked at, where the store can do so.
     *
     * @param directory as for {@link #list}, and not empty
     */
    List<String> directories(String directory) throws StoreException;

    /** What is known of an object; empty if there is none. */
    Optional<ObjectSummary> find(ObjectKey key) throws StoreException;

    /**
     * Reads those bytes of an object that are in {@code range}: none, if it starts behind the object's end.
     *
     * @throws StoreException.NoSuchObject if there is none
     */
    ObjectReader read(ObjectKey key, ByteRange range) throws StoreException;

    /**
     * Whether the object is there and has this content. The store's own checksum tells, if it has one that can; otherwise
     * the object is read.
     */
    boolean holds(ObjectKey key, Content content) throws StoreException;

    /**
     * Whether the object is there and has this fingerprint. The store's own checksum tells, if it has one that can;
     * otherwise the object is read.
     */
    default boolean holds(ObjectKey key, Fingerprint fingerprint) throws StoreException {
        if (find(key).filter(found -> found.bytes() == fingerprint.bytes()).isEmpty()) {
            return false;
        }
        try (ObjectReader reader = read(key, ByteRange.ALL)) {
            return Fingerprint.transfer(reader.content(), OutputStream.nullOutputStream())
                    .equals(fingerprint);
        } catch (StoreException.NoSuchObject e) {
            return false;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException.Unavailable(
                    "Reading " + key + " from " + address() + " failed: " + InputOutputReason.of(e) + ".", e);
        }
    }

    /**
     * Writes an object that is not there yet. Of several who write it at once one succeeds, where
     * {@link Capabilities#conditionalWrites}. What a killed process had sent of a large content may be used by the next one
     * that writes the same.
     *
     * @return the version that was written
     * @throws StoreException.ObjectExists if there is one; it is left as it is
     * @throws StoreException.ContentDamaged if what arrived is not {@code content}; nothing is written
     */
    ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException;

    /**
     * Replaces an object that still has the version that was read: compare and swap. Of several who replace the same
     * version at once one succeeds, where {@link Capabilities#conditionalWrites}.
     *
     * @return the version that was written
     * @throws StoreException.VersionChanged if the object has another version, or is gone; it is left as it is
     * @throws StoreException.ContentDamaged if what arrived is not {@code content}; nothing is written
     */
    ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException;

    /**
     * Makes {@code target} have the content of {@code source}, whether there is a target or not, in one step. The bytes do
     * not leave the store.
     *
     * @throws StoreException.NoSuchObject if there is no source
     */
    void copy(ObjectKey source, ObjectKey target) throws StoreException;

    /**
     * Makes a directory hold exactly these objects, for readers who know names only: for each name, what its source
     * holds. In one step where {@link Capabilities#projectsAtOnce}. Otherwise one copy after the other, in the order of
     * {@code sources}, and in the end what else is in the directory is deleted; this may be left half done, and is
     * finished by the next call. Names that are as they should be are not touched.
     *
     * <p>What is in such a directory can be read and listed, but not be written, replaced, copied to or deleted in other
     * ways than this.
     *
     * @param sources the source of each name; no source may be changed afterwards. Without any the directory vanishes
     * @return whether there was something to do
     * @throws StoreException.NoSuchObject if there is no such source; where it can be done at once, nothing is changed
     */
    boolean project(ObjectKey directory, SequencedMap<String, ObjectKey> sources) throws StoreException;

    /** Deletes an object, if there is one. */
    void delete(ObjectKey key) throws StoreException;

    /** Ends what this object needs on this machine. */
    @Override
    void close();
}
