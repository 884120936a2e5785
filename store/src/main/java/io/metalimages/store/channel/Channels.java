package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The channels of a store, and what is in them. Thread-safe. */
public final class Channels {

    /** How often others may be faster; each time one of them got on. */
    public static final int MOST_CHANGES = 1000;

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
        try (Stream<ObjectSummary> objects = store.list(StoreLayout.ROOT.value())) {
            return objects.map(ObjectSummary::key)
                    .flatMap(key -> StoreLayout.channelOfIndex(key).stream())
                    .sorted(Comparator.comparing(Channel::path))
                    .toList();
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
    }

    /**
     * What is in a channel: nothing, if it has no index.
     *
     * @throws FaultException if the index is damaged, or was written by a later version of this program
     */
    public ChannelIndex index(Channel channel) throws StoreException {
        return read(channel).index();
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

    /** An index as it was read; without a version if there was none. */
    public record Versioned(ChannelIndex index, Optional<ObjectVersion> version) {}

    public Versioned read(Channel channel) throws StoreException {
        ObjectKey key = StoreLayout.index(channel);
        try {
            RetryingStore.Whole json = store.readWhole(key);
            return new Versioned(
                    ChannelIndex.parse(json.bytes(), channel, key + " in " + store.address()),
                    Optional.of(json.version()));
        } catch (StoreException.NoSuchObject e) {
            return new Versioned(ChannelIndex.empty(channel), Optional.empty());
        }
    }

    /**
     * Writes an index instead of the one that was read.
     *
     * @throws StoreException.VersionChanged if somebody else was faster
     * @throws StoreException.ObjectExists if somebody else was faster, and there was none
     */
    public void write(Channel channel, Versioned read, ChannelIndex index) throws StoreException {
        ObjectKey key = StoreLayout.index(channel);
        if (read.version().isPresent()) {
            store.replace(key, read.version().get(), index.toJson());
        } else {
            store.writeIfAbsent(key, index.toJson());
        }
    }

    /**
     * Makes the plain names of a channel show what its index says, until that does not change meanwhile.
     *
     * @return whether there was something to do
     */
    public boolean changeNames(Channel channel) throws StoreException {
        boolean changed = false;
        Versioned before = read(channel);
        for (int change = 1; change <= MOST_CHANGES; change++) {
            for (PublishedImage image : before.index().images().values()) {
                changed |= store.project(StoreLayout.directory(channel, image.name()), image.sources());
            }
            for (ImageName name : before.index().pruned().keySet()) {
                changed |= store.project(StoreLayout.directory(channel, name), new LinkedHashMap<>());
            }
            Versioned after = read(channel);
            if (after.version().equals(before.version())) {
                return changed;
            }
            before = after;
        }
        return changed;
    }
}
