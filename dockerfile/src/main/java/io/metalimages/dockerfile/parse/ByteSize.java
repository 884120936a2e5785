package io.metalimages.dockerfile.parse;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads sizes as Docker does: a number, perhaps with a binary unit, {@code 64m}, {@code 1.5GiB}. */
final class ByteSize {

    private static final int LONGEST_TEXT = 32;
    private static final String UNITS = "kmgtp";
    private static final int UNIT = 1024;

    private static final Pattern SIZE = Pattern.compile("([0-9]++(?:\\.[0-9]++)?+) ?(?:([kmgtp])(?:i?b)?|b)?");

    private ByteSize() {}

    /** The size in bytes, rounded down; empty if the text is none, or one that no file system has. */
    static Optional<Long> parse(String text) {
        Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (text.length() > LONGEST_TEXT || !size.matches()) {
            return Optional.empty();
        }
        int power = Optional.ofNullable(size.group(2))
                .map(unit -> UNITS.indexOf(unit) + 1)
                .orElse(0);
        BigDecimal bytes = new BigDecimal(size.group(1))
                .multiply(BigDecimal.valueOf(UNIT).pow(power))
                .setScale(0, RoundingMode.DOWN);
        return bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0
                ? Optional.of(bytes.longValueExact())
                : Optional.empty();
    }
}
