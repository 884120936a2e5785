package io.metalimages.cli.display;

import java.util.regex.Pattern;

/** Foreign text as a terminal may be given it, and how many columns it takes there. */
public final class DisplayText {

    /** Control sequences as ECMA-48 defines them: CSI, then the string-carrying ones, then any other escape. */
    private static final Pattern CONTROL_SEQUENCE = Pattern.compile(
            "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?" // CSI … final byte
                    + "|(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c]*(?:\\x07|\\x1b\\\\|\\x9c)?"
                    + "|\\x1b[ -/]*[0-~]?");

    private static final int TAB = 8;

    private DisplayText() {}

    /**
     * One line of a program's output as it would be read on a terminal: of what was overwritten after a carriage return
     * the last writing, tabs as spaces, and no control sequence, control character or invisible character.
     */
    public static String line(String output) {
        String text = CONTROL_SEQUENCE.matcher(output).replaceAll("").stripTrailing();
        text = text.substring(text.lastIndexOf('\r') + 1);
        StringBuilder line = new StringBuilder(text.length());
        int columns = 0;
        for (int position = 0; position < text.length(); ) {
            int codePoint = text.codePointAt(position);
            position += Character.charCount(codePoint);
            if (codePoint == '\t') {
                int spaces = TAB - columns % TAB;
                line.repeat(' ', spaces);
                columns += spaces;
            } else if (isVisible(codePoint)) {
                line.appendCodePoint(codePoint);
                columns += columns(codePoint);
            }
        }
        return line.toString();
    }

    private static boolean isVisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** How many columns of a terminal {@code text} takes. */
    public static int columns(String text) {
        return text.codePoints().map(DisplayText::columns).sum();
    }

    private static int columns(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT, Character.CONTROL -> 0;
            default -> isWide(codePoint) ? 2 : 1;
        };
    }

    private static boolean isWide(int codePoint) {
        if (codePoint < 0x1100 || isHalfWidth(codePoint)) {
            return false;
        }
        return Character.isIdeographic(codePoint)
                || Character.isEmojiPresentation(codePoint)
                || isFullWidth(codePoint)
                || switch (Character.UnicodeScript.of(codePoint)) {
                    case HANGUL, HIRAGANA, KATAKANA, BOPOMOFO, YI -> true;
                    default -> false;
                };
    }

    /** The signs for which there are both widths: Unicode's block "Halfwidth and Fullwidth Forms", and CJK's brackets. */
    private static boolean isFullWidth(int codePoint) {
        return (codePoint >= 0xFF01 && codePoint <= 0xFF60)
                || (codePoint >= 0xFFE0 && codePoint <= 0xFFE6)
                || (codePoint >= 0x3000 && codePoint <= 0x303E);
    }

    private static boolean isHalfWidth(int codePoint) {
        return codePoint >= 0xFF61 && codePoint <= 0xFFDC;
    }

    /** {@code text}, or as much of it as fits in {@code columns} with {@code ellipsis} in place of the rest. */
    static String fitted(String text, int columns, String ellipsis) {
        if (columns(text) <= columns) {
            return text;
        }
        int room = columns - columns(ellipsis);
        if (room < 0) {
            return "";
        }
        int end = 0;
        while (end < text.length()) {
            int codePoint = text.codePointAt(end);
            room -= columns(codePoint);
            if (room < 0) {
                break;
            }
            end += Character.charCount(codePoint);
        }
        return text.substring(0, end).stripTrailing() + ellipsis;
    }
}
