package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.AtomicObject;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The channels of a store, and what is in them. Thread-safe. */
public final class Channels {

    private final RetryingStore store;

    /** @param store stays open */
    public Channels(ObjectStore store, Progress progress) {
        this(RetryingStore.reporting(store, progress));
    }

    public Channels(RetryingStore store) {
        this.store = store;
    }

    /**
     * All channels that have an index, ordered by their paths: the oldest release first, then the pull requests, then what
     * is stable. Takes a listing of the whole store.
     */
    public List<Channel> list() throws StoreException {
        return List.copyOf(versions().keySet());
    }

    /** What {@link #list} lists, and which version each index has. */
    public SortedMap<Channel, ObjectVersion> versions() throws StoreException {
        SortedMap<Channel, ObjectVersion> versions = new TreeMap<>(Comparator.comparing(Channel::path));
        try (Stream<ObjectSummary> objects = store.list(StoreLayout.ROOT.value())) {
            objects.forEach(object -> StoreLayout.channelOfIndex(object.key())
                    .ifPresent(channel -> versions.put(channel, object.version())));
            return versions;
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
    }

    /** The days that have something of a release. However much else there is, that takes a short listing. */
    public List<Channel.Release> releases() throws StoreException {
        return store.directories(StoreLayout.ROOT.value()).stream()
                .flatMap(name -> Channel.find(name).stream())
                .flatMap(channel -> channel instanceof Channel.Release release ? Stream.of(release) : Stream.empty())
                .toList();
    }

    /**
     * What is in a channel: nothing, if it has no index.
     *
     * @throws FaultException if the index is damaged, or was written by a later version of this program
     */
    public ChannelIndex index(Channel channel) throws StoreException {
        return atomic(channel).get();
    }

    /** As {@link #index}, with the version of the index. */
    public AtomicObject.Versioned<ChannelIndex> read(Channel channel) throws StoreException {
        return atomic(channel).read();
    }

    private AtomicObject<ChannelIndex> atomic(Channel channel) {
        return new AtomicObject<>(store, StoreLayout.index(channel), new IndexFormat(channel));
    }

    private record IndexFormat(Channel channel) implements AtomicObject.Format<ChannelIndex> {

        @Override
        public ChannelIndex absent() {
            return ChannelIndex.empty(channel);
        }

        @Override
        public ChannelIndex parse(byte[] bytes, String origin) {
            return ChannelIndex.parse(bytes, channel, origin);
        }

        @Override
        public Content content(ChannelIndex index) {
            return index.toJson();
        }
    }

    /**
     * The content of a published file that fits into memory.
     *
     * @throws StoreException.NoSuchObject if the store has lost it
     * @throws StoreException.ContentDamaged if it is not what the index says
     */
    public byte[] content(PublishedImage.PublishedFile file) throws StoreException {
        byte[] bytes = store.readWhole(file.key()).bytes();
        if (!Fingerprint.of(bytes).equals(file.fingerprint())) {
            throw new StoreException.ContentDamaged(
                    file.key() + " in " + store.address() + " is damaged: it has not the content that its name says.",
                    null);
        }
        return bytes;
    }

    /**
     * Changes what is in a channel: from this moment on readers see it.
     *
     * @param change may be asked several times, as others change the channel, too
     * @return what the index is now
     */
    public ChannelIndex change(Channel channel, AtomicObject.Change<ChannelIndex> change) throws StoreException {
        return atomic(channel).update(change);
    }

    /**
     * Makes the plain names of a channel show what its index says, until that does not change meanwhile.
     *
     * @return whether there was something to do
     */
    public boolean changeNames(Channel channel) throws StoreException {
        boolean changed = false;
        AtomicObject<ChannelIndex> atomic = atomic(channel);
        AtomicObject.Versioned<ChannelIndex> before = atomic.read();
        while (true) {
            for (PublishedImage image : before.value().images().values()) {
                changed |= store.project(StoreLayout.directory(channel, image.name()), image.sources());
            }
            for (ImageName name : before.value().pruned().keySet()) {
                changed |= store.project(StoreLayout.directory(channel, name), new LinkedHashMap<>());
            }
            AtomicObject.Versioned<ChannelIndex> after = atomic.read();
            if (after.version().equals(before.version())) {
                return changed;
            }
            before = after;
        }
    }
}
