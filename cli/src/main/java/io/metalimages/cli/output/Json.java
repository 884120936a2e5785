package io.metalimages.cli.output;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.ser.std.ToStringSerializer;

/**
 * What a command has to tell, for programs: one JSON object, made of the records that its results say it with. Their schemas are in
 * {@code docs/schemas}.
 *
 * <p>Sizes are in bytes, durations in seconds, shares between 0 and 1; what is not known is left out. Members may be added, none
 * is renamed. Thread-safe.
 */
public final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            // Of a record only its components.
            .changeDefaultVisibility(visibility -> visibility.withIsGetterVisibility(JsonAutoDetect.Visibility.NONE))
            .addModule(new SimpleModule()
                    .addSerializer(Duration.class, new Seconds())
                    .addSerializer(Instant.class, ToStringSerializer.instance)
                    .addSerializer(Path.class, ToStringSerializer.instance))
            .build();

    private Json() {}

    /**
     * What one result tells.
     *
     * @param array the array of the command's object that the document is an element of; empty if its members are the object's own
     * @param document a record
     */
    record Part(Optional<String> array, Object document) {}

    private static final class Seconds extends StdSerializer<Duration> {

        Seconds() {
            super(Duration.class);
        }

        @Override
        public void serialize(Duration duration, JsonGenerator generator, SerializationContext context) {
            generator.writeNumber(duration.toMillis() / 1000.0);
        }
    }

    /** A document of its own, such as one in a format of others. */
    public static String of(Object document) {
        return MAPPER.writeValueAsString(document);
    }

    /** The object of a command: the members of its results, or the arrays that they are elements of. */
    static String of(List<Part> parts) {
        ObjectNode object = MAPPER.createObjectNode();
        for (Part part : parts) {
            if (part.array().isPresent()) {
                object.withArray(part.array().get()).add(MAPPER.<ObjectNode>valueToTree(part.document()));
            } else {
                object.setAll(MAPPER.<ObjectNode>valueToTree(part.document()));
            }
        }
        return MAPPER.writeValueAsString(object);
    }
}
