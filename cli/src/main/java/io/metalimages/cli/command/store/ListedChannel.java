package io.metalimages.cli.command.store;

import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What is in a channel of a store.
 *
 * @param index empty if it cannot be read
 * @param registered the ids by which metal-api has its images; empty if it was not asked
 * @param trouble why the index cannot be read; empty if it can
 */
record ListedChannel(
        Channel channel,
        Optional<ChannelIndex> index,
        Optional<SortedMap<ImageName, List<String>>> registered,
        Optional<String> trouble) {

    List<PublishedImage> images() {
        return index.map(present -> List.copyOf(present.images().values())).orElse(List.of());
    }

    /** The ids by which metal-api has an image; empty if it was not asked. */
    Optional<List<String>> ids(PublishedImage image) {
        return registered.map(ids -> ids.getOrDefault(image.name(), List.of()));
    }

    record Document(
            String channel, Optional<Instant> withdrawn, Optional<String> unreadable, List<ImageDocument> images) {}

    record ImageDocument(
            String image,
            Instant published,
            Optional<String> commit,
            long bytes,
            String sha256,
            boolean signed,
            boolean tested,
            Optional<String> standIn,
            Optional<List<String>> registered) {}

    Document json() {
        return new Document(
                channel.path(),
                index.flatMap(ChannelIndex::withdrawn),
                trouble,
                images().stream().map(this::json).toList());
    }

    private ImageDocument json(PublishedImage image) {
        return new ImageDocument(
                image.name().toString(),
                image.published(),
                image.commit(),
                image.bytes(),
                image.files().getFirst().fingerprint().sha256().hex(),
                image.isSigned(),
                image.tested(),
                image.standIn(),
                ids(image));
    }
}
