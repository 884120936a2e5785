package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.AtomicObject;
import io.metalimages.store.object.CompareAndSwap;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What is in all channels. An index is read once for each version that it has had: what was seen is remembered, also in the
 * store, in {@code metal-os/survey.json}, and holds for an index while that has the same version. Without that object, all indexes are
 * read. Not thread-safe.
 */
public final class ChannelSurvey {

    /** Where it is remembered. */
    public static final ObjectKey KEY = StoreLayout.ROOT.resolve("survey.json");

    private static final int FORMAT = 1;

    private final RetryingStore store;
    private final Channels channels;
    private final Map<Channel, AtomicObject.Versioned<ChannelIndex>> seen = new HashMap<>();
    private final Set<String> shown = new HashSet<>();
    private boolean remembered;
    private boolean changed;

    public ChannelSurvey(RetryingStore store, Channels channels) {
        this.store = store;
        this.channels = channels;
    }

    /** All indexes as they are now, ordered by the paths of their channels. */
    public SortedMap<Channel, ChannelIndex> indexes() throws StoreException {
        if (!remembered) {
            remember();
            remembered = true;
        }
        SortedMap<Channel, ObjectVersion> present = present();
        changed |= seen.keySet().retainAll(present.keySet());
        SortedMap<Channel, ChannelIndex> indexes = new TreeMap<>(Comparator.comparing(Channel::path));
        for (Map.Entry<Channel, ObjectVersion> each : present.entrySet()) {
            AtomicObject.Versioned<ChannelIndex> known = seen.get(each.getKey());
            if (known == null || !known.version().equals(Optional.of(each.getValue()))) {
                known = channels.read(each.getKey());
                seen.put(each.getKey(), known);
                changed = true;
            }
            indexes.put(each.getKey(), known.value());
        }
        return Collections.unmodifiableSortedMap(indexes);
    }

    private SortedMap<Channel, ObjectVersion> present() throws StoreException {
        SortedMap<Channel, ObjectVersion> present = new TreeMap<>(Comparator.comparing(Channel::path));
        shown.clear();
        try (Stream<ObjectSummary> objects = store.list(StoreLayout.ROOT.value())) {
            objects.filter(object -> StoreLayout.contentOf(object.key()).isEmpty())
                    .forEach(object -> {
                        String path = object.key().value();
                        shown.add(path.substring(0, path.lastIndexOf('/')));
                        StoreLayout.channelOfIndex(object.key())
                                .ifPresent(channel -> present.put(channel, object.version()));
                    });
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
        return present;
    }

    private void remember() throws StoreException {
        try (JsonParser parser =
                ChannelIndex.STRICT.createParser(store.readWhole(KEY).bytes())) {
            ChannelIndex.require(parser.nextToken() == JsonToken.START_OBJECT, "it is no JSON object");
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String member = parser.currentName();
                JsonToken value = parser.nextToken();
                if (member.equals("format")) {
                    ChannelIndex.require(parser.getValueAsInt(0) == FORMAT, "its format is another one");
                } else if (member.equals("channels") && value == JsonToken.START_ARRAY) {
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        rememberChannel(parser);
                    }
                } else {
                    parser.skipChildren();
                }
            }
        } catch (StoreException.NoSuchObject
                | ChannelIndex.MalformedException
                | JacksonException
                | DateTimeException
                | IllegalArgumentException
                | FaultException absentOrDamaged) {
            seen.clear();
        }
    }

    private void rememberChannel(JsonParser parser) throws ChannelIndex.MalformedException {
        Optional<String> version = Optional.empty();
        Optional<ChannelIndex> index = Optional.empty();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            if (member.equals("version")) {
                version = Optional.of(parser.getValueAsString(""));
            } else if (member.equals("index") && value == JsonToken.START_OBJECT) {
                index = Optional.of(ChannelIndex.read(parser, KEY + " in " + store.address()));
            } else {
                parser.skipChildren();
            }
        }
        ChannelIndex.require(version.isPresent() && index.isPresent(), "something of a channel is missing");
        Optional<Channel> channel = Channel.find(index.get().channel());
        ChannelIndex.require(channel.isPresent(), "there is no such channel");
        seen.put(channel.get(), new AtomicObject.Versioned<>(index.get(), version.map(ObjectVersion::new)));
    }

    /**
     * The channels whose plain names were not what their index said, when all of it was last looked at: they still show images
     * that were taken out, or lack some that were put back. Somebody may have been stopped.
     *
     * @param trash tells what was put back
     */
    public List<Channel> unfinished(Trash trash) {
        Set<Channel> restored = new HashSet<>();
        trash.images().forEach(image -> restored.add(image.channel()));
        List<Channel> unfinished = new ArrayList<>();
        seen.forEach((channel, versioned) -> {
            ChannelIndex index = versioned.value();
            boolean showsMore = index.pruned().keySet().stream().anyMatch(name -> isShown(channel, name));
            boolean showsLess = restored.contains(channel)
                    && index.images().keySet().stream().anyMatch(name -> !isShown(channel, name));
            if (showsMore || showsLess) {
                unfinished.add(channel);
            }
        });
        unfinished.sort(Comparator.comparing(Channel::path));
        return unfinished;
    }

    private boolean isShown(Channel channel, ImageName name) {
        return shown.contains(StoreLayout.directory(channel, name).value());
    }

    /** Keeps what was seen for the next one who wants to know. */
    public void keep() throws StoreException {
        if (!changed) {
            return;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = ChannelIndex.STRICT.createGenerator(bytes)) {
            generator.writeStartObject();
            generator.writeNumberProperty("format", FORMAT);
            generator.writeArrayPropertyStart("channels");
            seen.entrySet().stream()
                    .sorted(Comparator.comparing(each -> each.getKey().path()))
                    .forEach(each -> each.getValue()
                            .version()
                            .ifPresent(version -> write(version, each.getValue().value(), generator)));
            generator.writeEndArray();
            generator.writeEndObject();
        }
        CompareAndSwap.put(store, KEY, Content.of(bytes.toByteArray()));
        changed = false;
    }

    private static void write(ObjectVersion version, ChannelIndex index, JsonGenerator generator) {
        generator.writeStartObject();
        generator.writeStringProperty("version", version.value());
        generator.writeName("index");
        index.write(generator);
        generator.writeEndObject();
    }
}
