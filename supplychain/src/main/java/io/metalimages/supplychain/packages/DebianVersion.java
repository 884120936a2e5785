package io.metalimages.supplychain.packages;

import java.util.Comparator;

/**
 * A version of a Debian package, in the order of deb-version(7). Any text is a version: one that Debian would refuse has a
 * place in the order, too.
 *
 * @param text {@code 1:2.3-4+deb12u1}
 */
record DebianVersion(String text) implements Comparable<DebianVersion> {

    private static final Comparator<DebianVersion> ORDER = Comparator.comparing(
                    DebianVersion::epoch, DebianVersion::parts)
            .thenComparing(DebianVersion::upstream, DebianVersion::parts)
            .thenComparing(DebianVersion::revision, DebianVersion::parts);

    private String epoch() {
        return text.substring(0, Math.max(0, text.indexOf(':')));
    }

    private String upstream() {
        int hyphen = text.lastIndexOf('-');
        int start = text.indexOf(':') + 1;
        return text.substring(start, hyphen < start ? text.length() : hyphen);
    }

    private String revision() {
        int hyphen = text.lastIndexOf('-');
        return hyphen < text.indexOf(':') + 1 ? "" : text.substring(hyphen + 1);
    }

    /** Compares by turns what comes before the next digit, and the number that follows. */
    private static int parts(String one, String other) {
        int here = 0;
        int there = 0;
        while (here < one.length() || there < other.length()) {
            while (isLetter(one, here) || isLetter(other, there)) {
                int order = Integer.compare(weight(one, here), weight(other, there));
                if (order != 0) {
                    return order;
                }
                here++;
                there++;
            }
            int endHere = numberEnd(one, here);
            int endThere = numberEnd(other, there);
            int order = numbers(one.substring(here, endHere), other.substring(there, endThere));
            if (order != 0) {
                return order;
            }
            here = endHere;
            there = endThere;
        }
        return 0;
    }

    private static int numbers(String one, String other) {
        String digits = withoutZeros(one);
        String otherDigits = withoutZeros(other);
        return digits.length() == otherDigits.length()
                ? digits.compareTo(otherDigits)
                : Integer.compare(digits.length(), otherDigits.length());
    }

    private static String withoutZeros(String digits) {
        int start = 0;
        while (start < digits.length() && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start);
    }

    private static int numberEnd(String part, int start) {
        int end = start;
        while (end < part.length() && isDigit(part.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isLetter(String part, int index) {
        return index < part.length() && !isDigit(part.charAt(index));
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    /** A tilde comes before the end, that before letters, and those before all else. */
    private static int weight(String part, int index) {
        if (!isLetter(part, index)) {
            return 0;
        }
        char character = part.charAt(index);
        if (character == '~') {
            return -1;
        }
        boolean letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
        return letter ? character : character + Character.MAX_VALUE;
    }

    /** Versions that Debian takes for the same, such as {@code 1.0} and {@code 1.00}, compare as equal. */
    @Override
    public int compareTo(DebianVersion other) {
        return ORDER.compare(this, other);
    }
}
