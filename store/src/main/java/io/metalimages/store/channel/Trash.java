package io.metalimages.store.channel;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.store.object.Content;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What waits to be deleted: {@code metal-os/trash.json}, which IMAGE_STORE.md describes. Immutable.
 *
 * @param images that were taken out of channels, and can be put back
 * @param objects contents that no index needed when they were marked
 */
public record Trash(List<TrashedImage> images, Map<Digest, TrashedObject> objects) {

    static final Trash EMPTY = new Trash(List.of(), Map.of());

    private static final int FORMAT = 1;

    /**
     * An image that was taken out of a channel, or is just about to be.
     *
     * @param since when, to the second
     */
    public record TrashedImage(Channel channel, PublishedImage image, Instant since) {}

    /**
     * A content that no index needed.
     *
     * @param since when that was seen first, to the second
     * @param deleted somebody is deleting it, and will have ceased to by this time; empty while nobody is
     */
    public record TrashedObject(Digest sha256, long bytes, Instant since, Optional<Instant> deleted) {

        /** Whether it may vanish at any moment. */
        public boolean isBeingDeleted(Instant now) {
            return deleted.filter(now::isBefore).isPresent();
        }
    }

    public Trash {
        images = List.copyOf(images);
        objects = Collections.unmodifiableMap(new LinkedHashMap<>(objects));
    }

    /** This, and these images: they are taken out now, whatever was said of them before. */
    public Trash withImages(Collection<TrashedImage> taken) {
        Set<Map.Entry<Channel, PublishedImage>> anew = new HashSet<>();
        taken.forEach(image -> anew.add(Map.entry(image.channel(), image.image())));
        List<TrashedImage> all = new ArrayList<>(images);
        all.removeIf(image -> anew.contains(Map.entry(image.channel(), image.image())));
        all.addAll(taken);
        return new Trash(all, objects);
    }

    public Trash withoutImages(Predicate<TrashedImage> removed) {
        return new Trash(images.stream().filter(removed.negate()).toList(), objects);
    }

    /** This, and these objects instead of what was said of them. */
    public Trash withObjects(Collection<TrashedObject> marked) {
        Map<Digest, TrashedObject> all = new LinkedHashMap<>(objects);
        marked.forEach(object -> all.put(object.sha256(), object));
        return new Trash(images, all);
    }

    public Trash withoutObjects(Collection<Digest> restored) {
        Map<Digest, TrashedObject> left = new LinkedHashMap<>(objects);
        restored.forEach(left::remove);
        return new Trash(images, left);
    }

    Content toJson() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("format", FORMAT);
        ArrayNode imageNodes = root.putArray("images");
        for (TrashedImage trashed : images) {
            ObjectNode node = imageNodes.addObject();
            node.put("channel", trashed.channel().path());
            node.put("since", trashed.since().toString());
            ChannelIndex.write(trashed.image(), node.putObject("image"));
        }
        ArrayNode objectNodes = root.putArray("objects");
        for (TrashedObject trashed : objects.values()) {
            ObjectNode node = objectNodes.addObject();
            node.put("sha256", trashed.sha256().hex());
            node.put("bytes", trashed.bytes());
            node.put("since", trashed.since().toString());
            trashed.deleted().ifPresent(until -> node.put("deleted", until.toString()));
        }
        String text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        return Content.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads what {@link #toJson} writes.
     *
     * @param origin how messages call it
     * @throws FaultException if it is damaged, or was written by a later version of this program
     */
    static Trash parse(byte[] json, String origin) {
        try {
            JsonNode root = JsonMapper.shared().readTree(json);
            ChannelIndex.require(
                    root.path("format").asInt(0) == FORMAT,
                    "its format is " + root.path("format").asInt(0) + ", and not " + FORMAT);
            List<TrashedImage> images = new ArrayList<>();
            for (JsonNode node : root.path("images")) {
                images.add(new TrashedImage(
                        Channel.parse(node.path("channel").asString("")),
                        ChannelIndex.image(node.path("image")),
                        Instant.parse(node.path("since").asString(""))));
            }
            Map<Digest, TrashedObject> objects = new LinkedHashMap<>();
            for (JsonNode node : root.path("objects")) {
                TrashedObject object = object(node);
                ChannelIndex.require(
                        !objects.containsKey(object.sha256()), "the object " + object.sha256() + " is there twice");
                objects.put(object.sha256(), object);
            }
            return new Trash(images, objects);
        } catch (ChannelIndex.MalformedException
                | JacksonException
                | DateTimeException
                | IllegalArgumentException
                | FaultException e) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    origin + " is damaged: " + e.getMessage() + ".",
                    "Nothing was changed. If this is the latest version of the program, put back an earlier version of "
                            + "that file, or delete it: then what it named cannot be restored any more.",
                    e);
        }
    }

    private static TrashedObject object(JsonNode node) {
        return new TrashedObject(
                new Digest(node.path("sha256").asString("")),
                node.path("bytes").asLong(0),
                Instant.parse(node.path("since").asString("")),
                Optional.of(node.path("deleted").asString(""))
                        .filter(text -> !text.isEmpty())
                        .map(Instant::parse));
    }
}
