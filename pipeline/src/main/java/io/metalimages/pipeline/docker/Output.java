package io.metalimages.pipeline.docker;

import io.metalimages.common.FaultException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Where an image goes. */
public sealed interface Output {

    /** The destination that is standard output. */
    String STANDARD_OUTPUT = "-";

    /** Its files, as one tar. */
    record Tar(String destination) implements Output {}

    /** Its files, in a directory. */
    record Local(String destination) implements Output {}

    /**
     * The image, in an archive or a directory.
     *
     * @param layout whether it is an OCI image layout alone; otherwise {@code docker load} takes it, too
     * @param directory whether it is a directory; otherwise a tar
     */
    record Archive(String destination, boolean layout, boolean directory) implements Output {}

    /**
     * The image, under its names.
     *
     * @param names those that the user gives this output; empty for those of the build
     * @param pushed whether it goes to the registries that the names begin with, too
     */
    record Named(List<String> names, boolean pushed) implements Output {

        public Named {
            names = List.copyOf(names);
        }
    }

    /** Nowhere: its steps are done, and their results kept. */
    record CacheOnly() implements Output {}

    String HOW =
            "Write, for example, --output type=oci,dest=image.tar; types are tar, local, oci, docker, image, registry"
                    + " and cacheonly.";

    /**
     * Reads the value of {@code --output}: {@code type=…,dest=…}, a directory, or {@code -} for a tar on standard output.
     *
     * @throws FaultException if it is neither
     */
    static Output parse(String text) {
        if (text.equals(STANDARD_OUTPUT)) {
            return new Tar(STANDARD_OUTPUT);
        }
        if (text.indexOf('=') < 0) {
            return new Local(text);
        }
        Map<String, String> fields = fields(text);
        Optional<String> destination = Optional.ofNullable(fields.remove("dest"));
        String type = fields.getOrDefault("type", "");
        fields.remove("type");
        Output output = switch (type) {
            case "tar" -> new Tar(required(destination, text));
            case "local" -> new Local(required(destination, text));
            case "oci", "docker" ->
                new Archive(required(destination, text), type.equals("oci"), !truth(fields, "tar", true));
            case "image" -> new Named(names(fields), truth(fields, "push", false));
            case "registry" -> new Named(names(fields), true);
            case "cacheonly" -> new CacheOnly();
            default -> throw FaultException.wrongInput("--output " + text + ": there is no such type.", HOW);
        };
        if (!fields.isEmpty()) {
            throw FaultException.wrongInput(
                    "--output " + text + ": " + String.join(", ", fields.keySet()) + " is not supported.", HOW);
        }
        return output;
    }

    private static Map<String, String> fields(String text) {
        Map<String, String> fields = new LinkedHashMap<>();
        String last = "";
        for (String field : text.split(",", -1)) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                last = field.substring(0, equals).strip().toLowerCase(Locale.ROOT);
                fields.put(last, unquoted(field.substring(equals + 1)));
            } else if (last.equals("name")) {
                fields.merge(last, unquoted(field), (before, further) -> before + "," + further);
            } else {
                throw FaultException.wrongInput("--output " + text + ": \"" + field + "\" has no value.", HOW);
            }
        }
        return fields;
    }

    private static String unquoted(String value) {
        return value.replace("\"", "").strip();
    }

    private static String required(Optional<String> destination, String text) {
        return destination
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> FaultException.wrongInput("--output " + text + " has no dest.", HOW));
    }

    private static boolean truth(Map<String, String> fields, String name, boolean usual) {
        String value = fields.remove(name);
        return value == null ? usual : !value.equals("false") && !value.equals("0");
    }

    private static List<String> names(Map<String, String> fields) {
        String names = fields.remove("name");
        return names == null ? List.of() : List.of(names.split(","));
    }

    /** Whether it takes the place of what is said on standard output. */
    default boolean isStandardOutput() {
        return switch (this) {
            case Tar tar -> tar.destination().equals(STANDARD_OUTPUT);
            case Archive archive -> archive.destination().equals(STANDARD_OUTPUT);
            case Local _, Named _, CacheOnly _ -> false;
        };
    }
}
