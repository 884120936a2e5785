package io.metalimages.build;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Values as Go prints them, in which BuildKit writes an image's history. */
final class GoFormat {

    private GoFormat() {}

    /** As by {@code %v}. */
    static String list(List<String> texts) {
        return "[" + String.join(" ", texts) + "]";
    }

    /** As by {@code %q}. */
    static String quotedList(List<String> texts) {
        return texts.stream().map(GoFormat::quoted).collect(Collectors.joining(" ", "[", "]"));
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(character -> {
            switch (character) {
                case '"', '\\' -> quoted.append('\\').appendCodePoint(character);
                case 0x07 -> quoted.append("\\a");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case 0x0b -> quoted.append("\\v");
                default -> quoted.append(isPrintable(character) ? Character.toString(character) : escaped(character));
            }
        });
        return quoted.append('"').toString();
    }

    private static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> character == ' ';
            default -> true;
        };
    }

    private static String escaped(int character) {
        if (character < 0x80) {
            return "\\x%02x".formatted(character);
        }
        return (character < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(character);
    }

    /** As {@code time.Duration} prints itself: {@code 1m30s}. */
    static String duration(Duration duration) {
        long nanoseconds = duration.toNanos();
        if (nanoseconds == 0) {
            return "0s";
        }
        if (nanoseconds < 1_000) {
            return nanoseconds + "ns";
        }
        if (nanoseconds < 1_000_000) {
            return decimal(nanoseconds, 3) + "µs";
        }
        if (nanoseconds < 1_000_000_000) {
            return decimal(nanoseconds, 6) + "ms";
        }
        long hours = duration.toHours();
        long minutes = duration.toMinutes();
        String seconds = decimal(duration.minusMinutes(minutes).toNanos(), 9) + "s";
        if (minutes == 0) {
            return seconds;
        }
        String rest = duration.toMinutesPart() + "m" + seconds;
        return hours == 0 ? rest : hours + "h" + rest;
    }

    private static String decimal(long value, int scale) {
        return BigDecimal.valueOf(value, scale).stripTrailingZeros().toPlainString();
    }
}
