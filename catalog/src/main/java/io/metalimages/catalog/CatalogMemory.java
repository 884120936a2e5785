package io.metalimages.catalog;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an earlier run has seen and made, so that the next one does again only what has changed. It lies beside the pages; if
 * it is missing, or of no use, all is done again. Immutable.
 *
 * @param origin whose work it was, and of what; what others did is of no use
 * @param channels what was in channels
 * @param pages by their keys
 */
record CatalogMemory(
        Digest origin,
        SortedMap<Channel, IndexReader.ChannelBuilds> channels,
        SortedMap<ObjectKey, RememberedPage> pages) {

    /** Where it is kept. */
    static final ObjectKey KEY = SitePages.DIRECTORY.resolve("memory.json");

    /** Some 200,000 pages. */
    static final int LARGEST = 64 << 20;

    private static final int FORMAT = 1;
    private static final Comparator<Channel> BY_PATH = Comparator.comparing(Channel::path);

    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * A page that was written.
     *
     * @param from the digest of all that it was made from
     * @param version that it had then
     * @param summary what was told by the files of the build that the page is of; empty if it is of none
     */
    record RememberedPage(Digest from, ObjectVersion version, Optional<BuildSummary> summary) {}

    CatalogMemory {
        channels = Collections.unmodifiableSortedMap(channels);
        pages = Collections.unmodifiableSortedMap(pages);
    }

    static CatalogMemory empty(Digest origin) {
        return new CatalogMemory(origin, new TreeMap<>(BY_PATH), new TreeMap<>());
    }

    private record Document(int format, String origin, List<ChannelNode> channels, List<PageNode> pages) {}

    private record ChannelNode(String channel, String version, Optional<Instant> withdrawn, List<ImageNode> images) {}

    private record ImageNode(String name, Instant published, long bytes, String identity) {}

    private record PageNode(String key, String from, String version, Optional<BuildSummary> summary) {}

    byte[] toJson() {
        List<ChannelNode> channelNodes = new ArrayList<>();
        channels.forEach((channel, each) -> channelNodes.add(new ChannelNode(
                channel.path(),
                each.version().value(),
                each.builds().stream().findFirst().flatMap(Build::withdrawn),
                each.builds().stream()
                        .map(build -> new ImageNode(
                                build.name().toString(),
                                build.published(),
                                build.bytes(),
                                build.identity().hex()))
                        .toList())));
        List<PageNode> pageNodes = new ArrayList<>();
        pages.forEach((key, page) -> pageNodes.add(
                new PageNode(key.value(), page.from().hex(), page.version().value(), page.summary())));
        return STRICT.writeValueAsBytes(new Document(FORMAT, origin.hex(), channelNodes, pageNodes));
    }

    /**
     * Reads what {@link #toJson} made.
     *
     * @param origin whose memory is of use
     * @return an empty one, if it is another's
     * @throws IllegalArgumentException if it is damaged
     */
    static CatalogMemory parse(byte[] json, Digest origin) {
        try {
            Document document = STRICT.readValue(json, Document.class);
            if (document == null) {
                throw new IllegalArgumentException("there is nothing in it");
            }
            if (document.format() != FORMAT || !document.origin().equals(origin.hex())) {
                return empty(origin);
            }
            SortedMap<Channel, IndexReader.ChannelBuilds> channels = new TreeMap<>(BY_PATH);
            for (ChannelNode node : document.channels()) {
                Channel channel = Channel.find(node.channel())
                        .orElseThrow(() -> new IllegalArgumentException("it names a channel that cannot be"));
                requireNew(channels.put(
                        channel,
                        new IndexReader.ChannelBuilds(new ObjectVersion(node.version()), builds(channel, node))));
            }
            SortedMap<ObjectKey, RememberedPage> pages = new TreeMap<>();
            for (PageNode node : document.pages()) {
                requireNew(pages.put(
                        new ObjectKey(node.key()),
                        new RememberedPage(
                                new Digest(node.from()), new ObjectVersion(node.version()), node.summary())));
            }
            return new CatalogMemory(origin, channels, pages);
        } catch (JacksonException | FaultException | IllegalArgumentException e) {
            throw new IllegalArgumentException("it is not what this program writes", e);
        }
    }

    private static List<Build> builds(Channel channel, ChannelNode node) {
        Set<ImageName> names = new HashSet<>();
        List<Build> builds = new ArrayList<>();
        for (ImageNode image : node.images()) {
            Build build = new Build(
                    channel,
                    ImageName.parse(image.name()),
                    image.published(),
                    image.bytes(),
                    new Digest(image.identity()),
                    node.withdrawn());
            if (!names.add(build.name()) || build.bytes() < 0) {
                throw new IllegalArgumentException("an image of " + channel.path() + " cannot be so");
            }
            builds.add(build);
        }
        return builds;
    }

    private static void requireNew(@Nullable Object before) {
        if (before != null) {
            throw new IllegalArgumentException("something is there twice");
        }
    }
}
