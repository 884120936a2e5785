package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import java.util.Locale;
import java.util.Optional;

/**
 * One field of a flag such as {@code --mount}.
 *
 * @param key in lower case
 * @param value what follows the equals sign, if there is one
 */
record KeyAndValue(String key, Optional<String> value) {

    static KeyAndValue of(String field) {
        int equals = field.indexOf('=');
        String key = equals < 0 ? field : field.substring(0, equals);
        return new KeyAndValue(
                key.toLowerCase(Locale.ROOT), equals < 0 ? Optional.empty() : Optional.of(field.substring(equals + 1)));
    }

    /** The value as yes or no; a key alone means yes. */
    boolean truth(SourceRange range) {
        return switch (value.orElse("true")) {
            case "1", "t", "T", "TRUE", "true", "True" -> true;
            case "0", "f", "F", "FALSE", "false", "False" -> false;
            default ->
                throw new DockerfileException(
                        range,
                        "The key " + key + " is either true or false, not " + Excerpt.of(value.orElse("")) + ".",
                        "Write " + key + " or " + key + "=false.");
        };
    }
}
