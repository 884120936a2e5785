package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Images as metal-api's version 1 writes and reads them: its {@code v1.ImageResponse}, {@code v1.ImageCreateRequest} and
 * {@code v1.ImageUpdateRequest}, of which the last two are alike. What is read is not trusted: each member must be of its
 * type. Members and words that are not known are left out.
 */
final class ImageJson {

    private final String origin;

    /** @param origin whose answer is read, as the beginning of a sentence */
    ImageJson(String origin) {
        this.origin = origin;
    }

    static byte[] write(ImageEntry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", entry.id().toString());
        members.put("name", entry.name());
        members.put("description", entry.description());
        members.put("url", entry.url().toString());
        members.put(
                "features",
                entry.features().stream().sorted().map(Feature::word).toList());
        entry.classification().ifPresent(classification -> members.put("classification", classification.word()));
        entry.expires().ifPresent(expires -> members.put("expirationDate", expires.toString()));
        return JsonMapper.shared().writeValueAsBytes(members);
    }

    /** @throws FaultException if that is no list of images */
    List<RegisteredImage> readList(byte[] json) {
        JsonNode list = tree(json);
        if (!list.isArray()) {
            throw wrong("it is no list of images");
        }
        List<RegisteredImage> images = new ArrayList<>();
        list.forEach(image -> images.add(read(image)));
        return images;
    }

    /** @throws FaultException if that is no image */
    RegisteredImage read(byte[] json) {
        return read(tree(json));
    }

    private JsonNode tree(byte[] json) {
        try {
            return JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            // Its message quotes what was read.
            throw wrong("it is no JSON");
        }
    }

    private RegisteredImage read(JsonNode image) {
        return new RegisteredImage(
                text(image, "id").orElseThrow(() -> wrong("an image has no \"id\"")),
                text(image, "url"),
                texts(image, "features").stream()
                        .map(Feature::find)
                        .flatMap(Optional::stream)
                        .collect(Collectors.toUnmodifiableSet()),
                text(image, "classification").flatMap(Classification::find),
                time(image, "expirationDate"),
                text(image, "name"),
                text(image, "description"),
                texts(image, "usedby"));
    }

    private Optional<Instant> time(JsonNode image, String member) {
        try {
            return text(image, member).map(Instant::parse);
        } catch (DateTimeException e) {
            throw wrong("an image's \"" + member + "\" is no time");
        }
    }

    private Optional<String> text(JsonNode image, String member) {
        return value(image, member).map(value -> asText(value, member));
    }

    private String asText(JsonNode value, String member) {
        if (!value.isString()) {
            throw wrong("an image's \"" + member + "\" is no text");
        }
        return value.asString();
    }

    private List<String> texts(JsonNode image, String member) {
        return value(image, member)
                .map(value -> {
                    if (!value.isArray()) {
                        throw wrong("an image's \"" + member + "\" is no list");
                    }
                    return value.valueStream()
                            .map(element -> asText(element, member))
                            .toList();
                })
                .orElse(List.of());
    }

    private static Optional<JsonNode> value(JsonNode image, String member) {
        return Optional.ofNullable(image.get(member)).filter(value -> !value.isNull());
    }

    private FaultException wrong(String what) {
        return FaultException.remote(
                origin + " was not understood: " + what + ".",
                "Look whether it is the address of a metal-api, with what comes before /v1.");
    }
}
