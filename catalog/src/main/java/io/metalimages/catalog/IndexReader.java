package io.metalimages.catalog;

import io.metalimages.common.FaultException;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.object.AtomicObject;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Reads the indexes of channels: those that are not known already, and of those not all at once. Not thread-safe. */
final class IndexReader {

    /** So many images of indexes stay in memory. */
    private static final int MOST_IMAGES = 20_000;

    private final Channels channels;
    private final Consumer<String> notes;
    private final SequencedMap<Channel, AtomicObject.Versioned<ChannelIndex>> held = new LinkedHashMap<>();
    private int heldImages;
    private boolean reliable = true;

    /** @param notes receives a sentence about each channel that cannot be read */
    IndexReader(Channels channels, Consumer<String> notes) {
        this.channels = channels;
        this.notes = notes;
    }

    /**
     * What is in a channel.
     *
     * @param version of the index that says so
     */
    record ChannelBuilds(ObjectVersion version, List<Build> builds) {

        ChannelBuilds {
            builds = List.copyOf(builds);
        }
    }

    /**
     * What is in all channels.
     *
     * @param builds by the paths of the channels
     * @param unreadable channels whose index is damaged, or of a later version of this program
     */
    record Inventory(SortedMap<Channel, ChannelBuilds> builds, List<Channel> unreadable) {}

    /**
     * Reads what has changed.
     *
     * @param known what was in channels once; if an index still has that version, it is not read
     */
    Inventory read(Map<Channel, ChannelBuilds> known) throws StoreException {
        SortedMap<Channel, ObjectVersion> versions = channels.versions();
        SortedMap<Channel, ChannelBuilds> builds = new TreeMap<>(versions.comparator());
        List<Channel> unreadable = new ArrayList<>();
        for (Map.Entry<Channel, ObjectVersion> each : versions.entrySet()) {
            Channel channel = each.getKey();
            ChannelBuilds before = known.get(channel);
            if (before != null && before.version().equals(each.getValue()) && reliable) {
                builds.put(channel, before);
                continue;
            }
            try {
                AtomicObject.Versioned<ChannelIndex> index = hold(channel);
                if (index.version().isPresent()) {
                    builds.put(channel, new ChannelBuilds(index.version().get(), Build.in(channel, index.value())));
                }
            } catch (FaultException damaged) {
                unreadable.add(channel);
                notes.accept(channel.path() + " is left out: " + damaged.getMessage());
            }
        }
        return new Inventory(builds, List.copyOf(unreadable));
    }

    /**
     * All that the index says of a build.
     *
     * @throws StoreException.VersionChanged if the index says something else by now, or what was known of it is wrong; the
     *     next {@link #read} relies on nothing that was known
     */
    PublishedImage image(Build build) throws StoreException {
        AtomicObject.Versioned<ChannelIndex> index = held.get(build.channel());
        if (index == null) {
            index = hold(build.channel());
        }
        Optional<PublishedImage> image = index.value()
                .find(build.name())
                .filter(found -> found.identity().equals(build.identity()));
        if (image.isEmpty() || !index.value().withdrawn().equals(build.withdrawn())) {
            reliable = false;
            throw new StoreException.VersionChanged(StoreLayout.index(build.channel()), "the store");
        }
        return image.get();
    }

    private AtomicObject.Versioned<ChannelIndex> hold(Channel channel) throws StoreException {
        AtomicObject.Versioned<ChannelIndex> index = channels.read(channel);
        AtomicObject.Versioned<ChannelIndex> before = held.put(channel, index);
        heldImages += size(index) - (before == null ? 0 : size(before));
        Iterator<AtomicObject.Versioned<ChannelIndex>> oldest = held.values().iterator();
        while (heldImages > MOST_IMAGES && held.size() > 1) {
            heldImages -= size(oldest.next());
            oldest.remove();
        }
        return index;
    }

    private static int size(AtomicObject.Versioned<ChannelIndex> index) {
        return index.value().images().size();
    }
}
