package io.metalimages.store.channel;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The truth about a channel: its images, and the checksums and objects of their files. It is one object, {@code
 * index.json}, which IMAGE_STORE.md describes; who follows it gets files that belong together. Immutable.
 *
 * @param channel its path, as in {@link Channel#path}
 * @param pruned when images that the channel does not have any more were taken out of it, to the second
 */
public record ChannelIndex(
        String channel, SortedMap<ImageName, PublishedImage> images, SortedMap<ImageName, Instant> pruned) {

    private static final int FORMAT = 1;
    private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40,64}");

    /** Names that come twice would let two readers see two things. */
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    public ChannelIndex {
        images = Collections.unmodifiableSortedMap(new TreeMap<>(images));
        pruned = Collections.unmodifiableSortedMap(new TreeMap<>(pruned));
    }

    /** The index of a channel in which nothing was published yet. */
    public static ChannelIndex empty(Channel channel) {
        return new ChannelIndex(channel.path(), new TreeMap<>(), new TreeMap<>());
    }

    /** The image of that name, if it is in the channel. */
    public Optional<PublishedImage> find(ImageName name) {
        return Optional.ofNullable(images.get(name));
    }

    /** Whether nothing was ever in the channel. */
    boolean isUnused() {
        return images.isEmpty() && pruned.isEmpty();
    }

    /** This index with these images, instead of those that have their names. */
    public ChannelIndex with(Collection<PublishedImage> added) {
        SortedMap<ImageName, PublishedImage> merged = new TreeMap<>(images);
        SortedMap<ImageName, Instant> stillPruned = new TreeMap<>(pruned);
        for (PublishedImage image : added) {
            merged.put(image.name(), image);
            stillPruned.remove(image.name());
        }
        return new ChannelIndex(channel, merged, stillPruned);
    }

    /** This index without these images, and saying so. */
    public ChannelIndex without(Collection<ImageName> removed, Instant now) {
        SortedMap<ImageName, PublishedImage> left = new TreeMap<>(images);
        SortedMap<ImageName, Instant> nowPruned = new TreeMap<>(pruned);
        for (ImageName name : removed) {
            left.remove(name);
            nowPruned.put(name, now);
        }
        return new ChannelIndex(channel, left, nowPruned);
    }

    Content toJson() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("format", FORMAT);
        root.put("channel", channel);
        ArrayNode array = root.putArray("images");
        images.values().forEach(image -> write(image, array.addObject()));
        if (!pruned.isEmpty()) {
            ArrayNode gone = root.putArray("pruned");
            pruned.forEach((name, since) -> gone.addObject()
                    .put("os", name.os())
                    .put("version", name.version())
                    .put("since", since.toString()));
        }
        String text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        return Content.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Says of an image what {@link #image} reads. */
    static void write(PublishedImage image, ObjectNode node) {
        node.put("os", image.name().os());
        node.put("version", image.name().version());
        node.put("published", image.published().toString());
        image.commit().ifPresent(commit -> node.put("commit", commit));
        node.put("tested", image.tested());
        image.standIn().ifPresent(real -> node.put("standIn", real));
        ArrayNode files = node.putArray("files");
        for (PublishedImage.PublishedFile file : image.files()) {
            files.addObject()
                    .put("name", file.name())
                    .put("bytes", file.fingerprint().bytes())
                    .put("md5", file.fingerprint().md5())
                    .put("sha256", file.fingerprint().sha256().hex())
                    .put("key", file.key().value());
        }
    }

    /**
     * Reads an index.
     *
     * @param origin how messages call it
     * @throws FaultException if it is damaged, or was written by a later version of this program
     */
    public static ChannelIndex parse(byte[] json, Channel channel, String origin) {
        try {
            JsonNode root = STRICT.readTree(json);
            if (root.path("format").asInt(0) > FORMAT) {
                throw new FaultException(
                        FaultException.Category.FAILED_WORK,
                        origin + " was written by a later version of this program.",
                        "Take that version: this one could lose what it does not know.",
                        null);
            }
            require(root.path("format").asInt(0) == FORMAT, "its format is not " + FORMAT);
            require(root.path("channel").asString("").equals(channel.path()), "it is not of this channel");
            require(root.path("images").isArray(), "it has no images");
            SortedMap<ImageName, PublishedImage> images = new TreeMap<>();
            for (JsonNode node : root.path("images")) {
                PublishedImage image = image(node);
                require(images.put(image.name(), image) == null, image.name() + " is there twice");
            }
            SortedMap<ImageName, Instant> pruned = new TreeMap<>();
            for (JsonNode node : root.path("pruned")) {
                ImageName name = name(node);
                require(!images.containsKey(name), name + " is there and is not");
                pruned.put(name, Instant.parse(node.path("since").asString("")));
            }
            return new ChannelIndex(channel.path(), images, pruned);
        } catch (MalformedException | JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    origin + " is damaged: " + e.getMessage() + ".",
                    "Nothing was changed. Put back an earlier version of it, or, if there is none, move it away and "
                            + "publish all images of the channel again.",
                    e);
        }
    }

    /** What was read is not what this program writes. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String reason) {
            super(reason);
        }
    }

    static void require(boolean condition, String reason) throws MalformedException {
        if (!condition) {
            throw new MalformedException(reason);
        }
    }

    static ImageName name(JsonNode node) throws MalformedException {
        String name = node.path("os").asString("") + "/" + node.path("version").asString("");
        require(ImageName.isValid(name), "it has an image without a proper name");
        return ImageName.parse(name);
    }

    static PublishedImage image(JsonNode node) throws MalformedException {
        ImageName name = name(node);
        Optional<String> commit = Optional.of(node.path("commit").asString("")).filter(text -> !text.isEmpty());
        require(commit.isEmpty() || COMMIT.matcher(commit.get()).matches(), "the commit of " + name + " is not one");
        require(node.path("files").size() > 0, name + " has no files");
        List<PublishedImage.PublishedFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonNode file : node.path("files")) {
            files.add(file(file, name.toString()));
            require(names.add(files.getLast().name()), "a file of " + name + " is there twice");
        }
        return new PublishedImage(
                name,
                Instant.parse(node.path("published").asString("")),
                commit,
                node.path("tested").asBoolean(false),
                Optional.of(node.path("standIn").asString("")).filter(text -> !text.isEmpty()),
                files);
    }

    private static PublishedImage.PublishedFile file(JsonNode node, String image) throws MalformedException {
        String name = node.path("name").asString("");
        require(ObjectKey.parse(name).isPresent() && !name.contains("/"), "a file of " + image + " has no proper name");
        String md5 = node.path("md5").asString("");
        require(MD5.matcher(md5).matches(), "the MD5 of " + name + " of " + image + " is not one");
        long bytes = node.path("bytes").asLong(-1);
        require(bytes >= 0, "the size of " + name + " of " + image + " is not one");
        PublishedImage.PublishedFile file = new PublishedImage.PublishedFile(
                name, new Fingerprint(bytes, md5, new Digest(node.path("sha256").asString(""))));
        require(
                file.key().value().equals(node.path("key").asString("")),
                "the key of " + name + " of " + image + " does not fit its SHA-256");
        return file;
    }
}
