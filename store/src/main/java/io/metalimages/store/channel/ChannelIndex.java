package io.metalimages.store.channel;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import java.io.ByteArrayOutputStream;
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
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
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
 * @param withdrawn since when nobody should use this release any more, to the second; empty for what is good
 */
public record ChannelIndex(
        String channel,
        SortedMap<ImageName, PublishedImage> images,
        SortedMap<ImageName, Instant> pruned,
        Optional<Instant> withdrawn) {

    private static final int FORMAT = 1;
    private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40,64}");

    /** Names that come twice would let two readers see two things. */
    static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    public ChannelIndex {
        images = Collections.unmodifiableSortedMap(new TreeMap<>(images));
        pruned = Collections.unmodifiableSortedMap(new TreeMap<>(pruned));
    }

    /** The index of a channel in which nothing was published yet. */
    public static ChannelIndex empty(Channel channel) {
        return new ChannelIndex(channel.path(), new TreeMap<>(), new TreeMap<>(), Optional.empty());
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
        return new ChannelIndex(channel, merged, stillPruned, withdrawn);
    }

    /** This index without these images, and saying so. */
    public ChannelIndex without(Collection<ImageName> removed, Instant now) {
        SortedMap<ImageName, PublishedImage> left = new TreeMap<>(images);
        SortedMap<ImageName, Instant> nowPruned = new TreeMap<>(pruned);
        for (ImageName name : removed) {
            left.remove(name);
            nowPruned.put(name, now);
        }
        return new ChannelIndex(channel, left, nowPruned, withdrawn);
    }

    /** This index, saying that nobody should use it, or not any more. */
    public ChannelIndex withdrawn(Optional<Instant> since) {
        return new ChannelIndex(channel, images, pruned, since);
    }

    Content toJson() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = STRICT.writerWithDefaultPrettyPrinter().createGenerator(bytes)) {
            write(generator);
            generator.writeRaw('\n');
        }
        return Content.of(bytes.toByteArray());
    }

    /** Writes it as a JSON object, an image after the other, however many there are. */
    void write(JsonGenerator generator) {
        generator.writeStartObject();
        generator.writeNumberProperty("format", FORMAT);
        generator.writeStringProperty("channel", channel);
        withdrawn.ifPresent(since -> generator.writeStringProperty("withdrawn", since.toString()));
        generator.writeArrayPropertyStart("images");
        for (PublishedImage image : images.values()) {
            ObjectNode node = STRICT.createObjectNode();
            write(image, node);
            generator.writeTree(node);
        }
        generator.writeEndArray();
        if (!pruned.isEmpty()) {
            generator.writeArrayPropertyStart("pruned");
            pruned.forEach((name, since) -> generator.writeTree(STRICT.createObjectNode()
                    .put("os", name.os())
                    .put("version", name.version())
                    .put("since", since.toString())));
            generator.writeEndArray();
        }
        generator.writeEndObject();
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
        try (JsonParser parser = STRICT.createParser(json)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, "it is no JSON object");
            ChannelIndex index = read(parser, origin);
            require(parser.nextToken() == null, "something follows behind it");
            require(index.channel().equals(channel.path()), "it is not of this channel");
            return index;
        } catch (MalformedException | JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    origin + " is damaged: " + e.getMessage() + ".",
                    "Nothing was changed. Put back an earlier version of it, or, if there is none, move it away and "
                            + "publish all images of the channel again.",
                    e);
        }
    }

    /**
     * Reads an index that a parser of {@link #STRICT} has come to.
     *
     * @throws RuntimeException if it is damaged; {@link #parse} tells which kinds there are
     */
    static ChannelIndex read(JsonParser parser, String origin) throws MalformedException {
        Draft draft = new Draft();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            draft.read(parser, origin);
        }
        return draft.finish();
    }

    /** An index that is being read, an image after the other, however many there are. */
    private static final class Draft {

        private final SortedMap<ImageName, PublishedImage> images = new TreeMap<>();
        private final SortedMap<ImageName, Instant> pruned = new TreeMap<>();
        private int format;
        private String channel = "";
        private boolean hasImages;
        private Optional<Instant> withdrawn = Optional.empty();

        void read(JsonParser parser, String origin) throws MalformedException {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (member) {
                case "format" -> {
                    format = parser.getValueAsInt(0);
                    requireKnown(format, origin);
                }
                case "channel" -> channel = parser.getValueAsString("");
                case "withdrawn" -> withdrawn = Optional.of(Instant.parse(parser.getValueAsString("")));
                case "images" -> {
                    require(value == JsonToken.START_ARRAY, "its images are no list");
                    hasImages = true;
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        PublishedImage image = image(parser.readValueAsTree());
                        require(images.put(image.name(), image) == null, image.name() + " is there twice");
                    }
                }
                case "pruned" -> {
                    require(value == JsonToken.START_ARRAY, "what was pruned is no list");
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        JsonNode node = parser.readValueAsTree();
                        pruned.put(name(node), Instant.parse(node.path("since").asString("")));
                    }
                }
                default -> parser.skipChildren();
            }
        }

        ChannelIndex finish() throws MalformedException {
            require(format == FORMAT, "its format is not " + FORMAT);
            require(hasImages, "it has no images");
            for (ImageName name : pruned.keySet()) {
                require(!images.containsKey(name), name + " is there and is not");
            }
            return new ChannelIndex(channel, images, pruned, withdrawn);
        }
    }

    private static void requireKnown(int format, String origin) {
        if (format > FORMAT) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    origin + " was written by a later version of this program.",
                    "Take that version: this one could lose what it does not know.",
                    null);
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
        // All images have files of the same few names.
        PublishedImage.PublishedFile file = new PublishedImage.PublishedFile(
                name.intern(),
                new Fingerprint(bytes, md5, new Digest(node.path("sha256").asString(""))));
        require(
                file.key().value().equals(node.path("key").asString("")),
                "the key of " + name + " of " + image + " does not fit its SHA-256");
        return file;
    }
}
