package io.metalimages.common;

/** Text that another machine or a file's author wrote, made fit for a message. */
public final class ForeignText {

    private static final int LONGEST = 500;

    private ForeignText() {}

    /** The text in one line, without control characters and full stops at its end, cut off after 500 characters. */
    public static String line(String text) {
        String line = text.codePoints()
                .limit(LONGEST)
                .map(point -> isInvisible(point) ? ' ' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        return text.codePointCount(0, text.length()) > LONGEST ? line + "…" : line.replaceFirst("\\.+$", "");
    }

    private static boolean isInvisible(int point) {
        return Character.isISOControl(point) || Character.getType(point) == Character.FORMAT;
    }
}
