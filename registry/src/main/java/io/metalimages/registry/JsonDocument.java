package io.metalimages.registry;

import io.metalimages.common.FaultException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A JSON object that another machine has written: each member is asked for by the type that it must have. Immutable. */
public final class JsonDocument {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final JsonNode node;
    private final String origin;

    private JsonDocument(JsonNode node, String origin) {
        this.node = node;
        this.origin = origin;
    }

    /**
     * Reads an object.
     *
     * @param origin what the object is and where it comes from, for messages
     * @throws FaultException if the bytes are no JSON object
     */
    public static JsonDocument read(byte[] bytes, String origin) {
        JsonNode node;
        try {
            node = JSON.readTree(bytes);
        } catch (JacksonException e) {
            // Its message quotes what was read, which may be a secret.
            String place = Optional.ofNullable(e.getLocation())
                    .map(location -> " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")")
                    .orElse("");
            throw FaultException.remote(origin + " is no JSON" + place + ".", null);
        }
        if (!node.isObject()) {
            throw FaultException.remote(origin + " is no JSON object.", null);
        }
        return new JsonDocument(node, origin);
    }

    /** The bytes of an object; members are written in their map's order. */
    public static byte[] write(Map<String, Object> members) {
        return JSON.writeValueAsBytes(members);
    }

    public String text(String member) {
        return optionalText(member).orElseThrow(() -> wrong(member, "a text"));
    }

    public Optional<String> optionalText(String member) {
        return optional(member).map(value -> {
            if (!value.isString()) {
                throw wrong(member, "a text");
            }
            return value.asString();
        });
    }

    public long number(String member) {
        return optionalNumber(member).orElseThrow(() -> wrong(member, "a whole number"));
    }

    public Optional<Long> optionalNumber(String member) {
        return optional(member).map(value -> {
            if (!value.isIntegralNumber() || !value.canConvertToLong()) {
                throw wrong(member, "a whole number");
            }
            return value.asLong();
        });
    }

    public Optional<JsonDocument> object(String member) {
        return optional(member).map(value -> {
            if (!value.isObject()) {
                throw wrong(member, "an object");
            }
            return new JsonDocument(value, origin + ", " + member);
        });
    }

    /** The objects in a list; none if there is no such list. */
    public List<JsonDocument> objects(String member) {
        List<JsonDocument> objects = new ArrayList<>();
        for (JsonNode element : list(member)) {
            if (!element.isObject()) {
                throw wrong(member, "a list of objects");
            }
            objects.add(new JsonDocument(element, origin + ", " + member + "[" + objects.size() + "]"));
        }
        return objects;
    }

    /** The texts in a list; none if there is no such list. */
    public List<String> texts(String member) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : list(member)) {
            if (!element.isString()) {
                throw wrong(member, "a list of texts");
            }
            texts.add(element.asString());
        }
        return texts;
    }

    private List<JsonNode> list(String member) {
        Optional<JsonNode> value = optional(member);
        if (value.isEmpty()) {
            return List.of();
        }
        if (!value.get().isArray()) {
            throw wrong(member, "a list");
        }
        List<JsonNode> elements = new ArrayList<>();
        value.get().forEach(elements::add);
        return elements;
    }

    /** A member whose own members are all texts, sorted by name; empty if there is none. */
    public Map<String, String> textMap(String member) {
        Map<String, String> texts = new TreeMap<>();
        object(member).ifPresent(map -> map.node.propertyNames().forEach(name -> texts.put(name, map.text(name))));
        return texts;
    }

    /** The names in an object whose values say nothing, which is how Go writes a set; none if there is no such object. */
    public SortedSet<String> names(String member) {
        SortedSet<String> names = new TreeSet<>();
        object(member).ifPresent(set -> names.addAll(set.node.propertyNames()));
        return names;
    }

    /** Whether the member is {@code true}; if it isn't there, it is not. */
    public boolean truth(String member) {
        return optional(member)
                .map(value -> {
                    if (!value.isBoolean()) {
                        throw wrong(member, "true or false");
                    }
                    return value.asBoolean();
                })
                .orElse(false);
    }

    /** All of it, in a map that may be changed. */
    Map<String, Object> members() {
        return JSON.convertValue(node, new TypeReference<LinkedHashMap<String, Object>>() {});
    }

    private Optional<JsonNode> optional(String member) {
        return Optional.ofNullable(node.get(member)).filter(value -> !value.isNull());
    }

    private FaultException wrong(String member, String wanted) {
        return FaultException.remote(origin + ": \"" + member + "\" is not " + wanted + ".", null);
    }
}
