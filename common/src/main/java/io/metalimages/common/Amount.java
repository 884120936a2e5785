package io.metalimages.common;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes and times as users give them: a number from 1 to 999,999,999 and, without space, a unit of one letter in either case. A
 * number without a unit is refused, as one can't tell what was meant.
 */
public final class Amount {

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})([a-z]?)");

    private static final Map<String, Long> BYTES = Map.of("b", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30);
    private static final Map<String, Long> SECONDS = Map.of("s", 1L, "m", 60L, "h", 60L * 60, "d", 24L * 60 * 60);
    private static final Map<String, Long> ONES = Map.of("", 1L);

    private Amount() {}

    /**
     * A number of bytes: {@code 64k}, {@code 512m}, {@code 8g}; {@code k} is 1024 {@code b}.
     *
     * @param name of the option or variable, for the message
     * @throws FaultException if {@code text} is none
     */
    public static long bytes(String name, String text) {
        return amount(name, text, BYTES, "a size such as 512m or 40g");
    }

    /**
     * A time: {@code 90s}, {@code 30m}, {@code 12h}, {@code 60d}.
     *
     * @param name of the option or variable, for the message
     * @throws FaultException if {@code text} is none
     */
    public static Duration duration(String name, String text) {
        return Duration.ofSeconds(amount(name, text, SECONDS, "a time such as 30m, 12h or 60d"));
    }

    /**
     * A number of things.
     *
     * @param name of the option or variable, for the message
     * @throws FaultException if {@code text} is none
     */
    public static long count(String name, String text) {
        return amount(name, text, ONES, "a number such as 4096");
    }

    private static long amount(String name, String text, Map<String, Long> units, String wanted) {
        Matcher amount = FORM.matcher(text.toLowerCase(Locale.ROOT));
        Long unit = amount.matches() ? units.get(amount.group(2)) : null;
        if (unit == null) {
            throw FaultException.wrongInput(
                    name + " " + ForeignText.line(text) + " is not " + wanted + ".", "Write " + wanted + ".");
        }
        return Long.parseLong(amount.group(1)) * unit;
    }
}
