package io.metalimages.artifact.check;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which system is in an image, as its {@code /etc/os-release} says, see os-release(5).
 *
 * @param id {@code debian}
 * @param version {@code 12}; empty if it says none, as systems without releases do
 */
public record OsRelease(String id, String version) {

    private static final Pattern ID = variable("ID");
    private static final Pattern VERSION = variable("VERSION_ID");

    private static Pattern variable(String name) {
        return Pattern.compile("(?m)^" + name + "=[\"']?([^\"'\\s]*)[\"']?\\s*$");
    }

    /** What the text of a file says; empty if it has no ID. */
    public static Optional<OsRelease> of(String text) {
        return value(ID, text).map(id -> new OsRelease(id, value(VERSION, text).orElse("")));
    }

    private static Optional<String> value(Pattern variable, String text) {
        Matcher matcher = variable.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
