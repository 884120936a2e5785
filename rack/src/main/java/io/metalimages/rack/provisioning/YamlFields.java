package io.metalimages.rack.provisioning;

import io.metalimages.common.FaultException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The fields of a mapping in a YAML file that a user has written. Whatever is not as it should be is a {@link FaultException}
 * of the category {@code WRONG_INPUT}, with file, line and field.
 */
final class YamlFields {

    private final Path file;
    private final Node node;
    private final String place;
    private final Map<String, Node> values;

    private YamlFields(Path file, Node node, String place, Map<String, Node> values) {
        this.file = file;
        this.node = node;
        this.place = place;
        this.values = values;
    }

    /**
     * Reads a mapping.
     *
     * @param place names it in messages
     * @param known the names of the fields that it may have
     */
    static YamlFields of(Path file, Node node, String place, String... known) {
        if (!(node instanceof MappingNode mapping)) {
            throw fault(file, node, place, "this is not a mapping");
        }
        Map<String, Node> values = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (!List.of(known).contains(key)) {
                throw fault(
                        file,
                        tuple.getKeyNode(),
                        place,
                        "there is no field “" + key + "”; known are " + String.join(", ", known));
            }
            if (values.put(key, tuple.getValueNode()) != null) {
                throw fault(file, tuple.getKeyNode(), place, "the field " + key + " is there twice");
            }
        }
        return new YamlFields(file, node, place, values);
    }

    /** A fault with the line that {@code node} begins in. */
    static FaultException fault(Path file, Node node, String field, String what) {
        int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        return FaultException.wrongInput("%s:%d: %s: %s.".formatted(file, line, field, what), null);
    }

    private FaultException fault(Node at, String what) {
        return fault(file, at, place, what);
    }

    Optional<String> optional(String name) {
        return Optional.ofNullable(values.get(name)).map(value -> scalar(value, name));
    }

    String text(String name) {
        return optional(name)
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> fault(node, "the field " + name + " is missing"));
    }

    /** A whole number from {@code least} to {@code most}. */
    long number(String name, long least, long most) {
        String text = text(name);
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw notInRange(name, text, least, most);
        }
        throw notInRange(name, text, least, most);
    }

    private FaultException notInRange(String name, String text, long least, long most) {
        return fault(node, "the field %s is %s, no number from %d to %d".formatted(name, text, least, most));
    }

    /** False if it is not there. */
    boolean truth(String name) {
        String text = optional(name).orElse("false");
        if (!text.equals("true") && !text.equals("false")) {
            throw fault(node, "the field " + name + " is " + text + ", neither true nor false");
        }
        return text.equals("true");
    }

    /** The entries of a list; none if it is not there. */
    List<Node> items(String name) {
        Node value = values.get(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof SequenceNode sequence)) {
            throw fault(value, "the field " + name + " is not a list");
        }
        return sequence.getValue();
    }

    /** Like {@link #items}, of plain values. */
    List<String> texts(String name) {
        return items(name).stream().map(item -> scalar(item, name)).toList();
    }

    private String scalar(Node value, String name) {
        if (!(value instanceof ScalarNode scalar)) {
            throw fault(value, "the field " + name + " is not a plain value");
        }
        return scalar.getValue();
    }
}
