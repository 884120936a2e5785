package io.metalimages.supplychain.statement;

import io.metalimages.common.Digest;
import io.metalimages.common.ForeignText;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An in-toto statement, version 1: something that is said of files.
 *
 * @param predicateType of what kind that is
 * @param subjects the digests of the files by their names
 */
record Statement(String predicateType, SequencedMap<String, Digest> subjects, JsonNode predicate) {

    static final String SHA256 = "sha256";

    private static final String TYPE = "https://in-toto.io/Statement/v1";
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    /** Names that come twice would let two readers see two things. */
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** The file's content. */
    byte[] toJson() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("_type", TYPE);
        ArrayNode array = root.putArray("subject");
        subjects.forEach((name, digest) ->
                array.addObject().put("name", name).putObject("digest").put(SHA256, digest.hex()));
        root.put("predicateType", predicateType);
        root.set("predicate", predicate);
        return (JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a statement.
     *
     * @param predicateType that it has to be of
     * @param kind what messages call that
     * @throws tools.jackson.core.JacksonException if it is not JSON, or has a name twice
     */
    static Statement parse(byte[] json, String predicateType, String kind) throws MalformedStatementException {
        JsonNode root = STRICT.readTree(json);
        MalformedStatementException.require(root.path("_type").asString("").equals(TYPE), "it is no in-toto statement");
        MalformedStatementException.require(
                root.path("predicateType").asString("").equals(predicateType), "it is no " + kind);
        SequencedMap<String, Digest> subjects = new LinkedHashMap<>();
        for (JsonNode subject : root.path("subject")) {
            String name = subject.path("name").asString("");
            MalformedStatementException.require(
                    FILE_NAME.matcher(name).matches(),
                    "it speaks of a file without a proper name: \"" + ForeignText.line(name) + "\"");
            String digest = subject.path("digest").path(SHA256).asString("");
            MalformedStatementException.require(HEX.matcher(digest).matches(), "it has no SHA-256 of " + name);
            MalformedStatementException.require(
                    subjects.put(name, new Digest(digest)) == null, "it speaks of " + name + " twice");
        }
        MalformedStatementException.require(!subjects.isEmpty(), "it speaks of no file");
        return new Statement(predicateType, subjects, root.path("predicate"));
    }
}
