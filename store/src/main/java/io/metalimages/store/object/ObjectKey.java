package io.metalimages.store.object;

import io.metalimages.common.FaultException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The name of an object: segments with slashes between them, such as {@code metal-os/stable/index.json}. It means the same
 * in a directory, in a bucket and in a URL.
 *
 * <p>Ordered by the bytes of its UTF-8 form, as buckets list.
 *
 * @param value at most 1024 bytes. Each segment has 1 to 255 bytes and does not start with a dot; there is no control
 *     character and no backslash
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {

    private static final int LONGEST = 1024;
    private static final int LONGEST_SEGMENT = 255;
    private static final int LONGEST_SHOWN = 100;

    /** @throws FaultException if {@code value} has not the form above */
    public ObjectKey {
        Optional<String> flaw = flaw(value);
        if (flaw.isPresent()) {
            throw FaultException.wrongInput(
                    "Nothing in a store can be named \"" + shown(value) + "\": " + flaw.get() + ".",
                    "Take letters, digits, dots, hyphens and underscores, with single slashes between them.");
        }
    }

    /** The key of this form; empty if {@code value} has another. */
    public static Optional<ObjectKey> parse(String value) {
        return flaw(value).isEmpty() ? Optional.of(new ObjectKey(value)) : Optional.empty();
    }

    private static Optional<String> flaw(String value) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            return Optional.of("it has half of a surrogate pair");
        }
        if (bytes(value) > LONGEST) {
            return Optional.of("it is longer than " + LONGEST + " bytes");
        }
        if (value.codePoints().anyMatch(point -> Character.isISOControl(point) || point == '\\')) {
            return Optional.of("it has a control character or a backslash");
        }
        for (String segment : value.split("/", -1)) {
            if (segment.isEmpty()) {
                return Optional.of("it has an empty segment");
            }
            if (segment.startsWith(".")) {
                return Optional.of("it has a segment that starts with a dot");
            }
            if (bytes(segment) > LONGEST_SEGMENT) {
                return Optional.of("it has a segment that is longer than " + LONGEST_SEGMENT + " bytes");
            }
        }
        return Optional.empty();
    }

    /** What a terminal can be shown. */
    public static String shown(String value) {
        StringBuilder shown = new StringBuilder();
        value.codePoints()
                .limit(LONGEST_SHOWN)
                .map(point -> Character.isISOControl(point) || Character.getType(point) == Character.SURROGATE
                        ? '\uFFFD'
                        : point)
                .forEach(shown::appendCodePoint);
        return shown.toString();
    }

    /** The object {@code name} below this one, taken as a directory; {@code name} may have several segments. */
    public ObjectKey resolve(String name) {
        return new ObjectKey(value + "/" + name);
    }

    /** The last segment. */
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public int compareTo(ObjectKey other) {
        return Arrays.compareUnsigned(
                value.getBytes(StandardCharsets.UTF_8), other.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return value;
    }
}
