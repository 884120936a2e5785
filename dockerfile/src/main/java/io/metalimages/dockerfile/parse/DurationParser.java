package io.metalimages.dockerfile.parse;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads times as Go's {@code time.ParseDuration} does: numbers with units in a row, {@code 1h2m3.5s}. */
final class DurationParser {

    private static final int LONGEST_TEXT = 64;

    private static final Pattern PART = Pattern.compile("([0-9]++(?:\\.[0-9]*+)?+|\\.[0-9]++)(ns|us|µs|μs|ms|s|m|h)");

    private static final BigDecimal MOST_NANOSECONDS = BigDecimal.valueOf(Long.MAX_VALUE);

    private static final Map<String, Long> NANOSECONDS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "μs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    private DurationParser() {}

    /** The time, which may be negative; empty if the text is none, or one of more than 292 years. */
    static Optional<Duration> parse(String text) {
        boolean negative = text.startsWith("-");
        String digits = negative || text.startsWith("+") ? text.substring(1) : text;
        if (digits.equals("0")) {
            return Optional.of(Duration.ZERO);
        }
        if (digits.isEmpty() || digits.length() > LONGEST_TEXT) {
            return Optional.empty();
        }
        BigDecimal sum = BigDecimal.ZERO;
        Matcher parts = PART.matcher(digits);
        int position = 0;
        while (position < digits.length()) {
            if (!parts.region(position, digits.length()).lookingAt()) {
                return Optional.empty();
            }
            long unit = NANOSECONDS.getOrDefault(parts.group(2), 0L);
            sum = sum.add(new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit)));
            position = parts.end();
        }
        if (sum.compareTo(MOST_NANOSECONDS) > 0) {
            return Optional.empty();
        }
        Duration duration = Duration.ofNanos(sum.setScale(0, RoundingMode.DOWN).longValueExact());
        return Optional.of(negative ? duration.negated() : duration);
    }
}
