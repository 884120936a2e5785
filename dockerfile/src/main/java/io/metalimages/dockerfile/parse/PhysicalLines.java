package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import java.util.NoSuchElementException;

/** The lines of a text, one after another, each with its line break. A byte order mark is dropped. */
final class PhysicalLines {

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final String text;
    private int position;
    private int number;

    PhysicalLines(String file, String text) {
        this.text = text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
        requireText(file);
    }

    private void requireText(String file) {
        int zero = text.indexOf('\0');
        if (zero >= 0) {
            int line = 1
                    + (int) text.substring(0, zero)
                            .chars()
                            .filter(character -> character == '\n')
                            .count();
            throw new DockerfileException(
                    SourceRange.line(file, line),
                    "There is a NUL character, so this is not plain text.",
                    "Save the file as UTF-8.");
        }
    }

    boolean hasNext() {
        return position < text.length();
    }

    /** @throws NoSuchElementException if there is no further line */
    String next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int end = text.indexOf('\n', position);
        String line = text.substring(position, end < 0 ? text.length() : end + 1);
        position += line.length();
        number++;
        return line;
    }

    /** The number of the line that was returned last, from 1; 0 before the first. */
    int number() {
        return number;
    }

    /** The place where the next line begins. */
    int offset() {
        return position;
    }

    /** What stands between two offsets, without a final line break. */
    String textBetween(int start, int end) {
        return withoutLineBreak(text.substring(start, end));
    }

    static String withoutLineBreak(String line) {
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == '\n' || line.charAt(end - 1) == '\r')) {
            end--;
        }
        return line.substring(0, end);
    }
}
