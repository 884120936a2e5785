package io.metalimages.dockerfile;

/** What counts as white space: Unicode's White_Space property, which is not what {@link Character} offers. */
public final class WhiteSpace {

    private WhiteSpace() {}

    public static boolean is(int codePoint) {
        return switch (codePoint) {
            case '\t', '\n', 0x0B, '\f', '\r', ' ', 0x85, 0xA0 -> true;
            default -> codePoint > 0xFF && Character.isSpaceChar(codePoint);
        };
    }

    /** Whether the character separates an instruction's keyword and plain words; line ends never occur there. */
    public static boolean isBlank(char character) {
        return switch (character) {
            case '\t', 0x0B, '\f', '\r', ' ' -> true;
            default -> false;
        };
    }

    public static String strip(String text) {
        int end = text.length();
        while (end > 0 && is(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(Math.min(leading(text), end), end);
    }

    public static String stripLeading(String text) {
        return text.substring(leading(text));
    }

    private static int leading(String text) {
        int start = 0;
        while (start < text.length() && is(text.charAt(start))) {
            start++;
        }
        return start;
    }
}
