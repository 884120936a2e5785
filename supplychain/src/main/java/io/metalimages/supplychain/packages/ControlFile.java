package io.metalimages.supplychain.packages;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Text in the format of deb822(5): paragraphs of fields, as in dpkg's database and in machine-readable copyright files.
 * Lines that fit nowhere are passed over. One paragraph is in memory at a time, and may have so much as no real one has.
 */
final class ControlFile {

    /** Debian's whole archive has a third of that. */
    static final int MOST_PARAGRAPHS = 200_000;

    /** Packages have some thirty. */
    static final int MOST_FIELDS = 1000;

    /** In characters. */
    static final int LONGEST_PARAGRAPH = 4 << 20;

    private final BufferedReader input;
    private final StringBuilder line = new StringBuilder();
    private Paragraph paragraph = new Paragraph();
    private Optional<StringBuilder> field = Optional.empty();
    private int paragraphs;
    private int characters;

    private ControlFile(InputStream content) {
        this.input = new BufferedReader(new InputStreamReader(content, StandardCharsets.UTF_8));
    }

    /** More than a real file has. */
    static final class TooLargeException extends Exception {
        private static final long serialVersionUID = 1L;

        /** @param finding what it has, as in {@code more than 10 fields} */
        TooLargeException(String finding) {
            super(finding);
        }
    }

    /** One paragraph. */
    static final class Paragraph {

        private final Map<String, StringBuilder> fields = new LinkedHashMap<>();

        /**
         * What a field says, the marks of continued lines removed, without space around.
         *
         * @param name in any case
         */
        Optional<String> field(String name) {
            return Optional.ofNullable(fields.get(name.toLowerCase(Locale.ROOT)))
                    .map(text -> text.toString().strip())
                    .filter(text -> !text.isEmpty());
        }

        /** The first of the field's lines, which sums it up. */
        Optional<String> firstLine(String name) {
            return field(name).flatMap(text -> text.lines().findFirst());
        }
    }

    /**
     * All paragraphs, in their order.
     *
     * @param content in UTF-8
     * @throws TooLargeException if there are more than {@link #MOST_PARAGRAPHS} paragraphs, or one has more than
     *     {@link #MOST_FIELDS} fields or {@link #LONGEST_PARAGRAPH} characters
     */
    static void read(InputStream content, Consumer<Paragraph> visitor) throws IOException, TooLargeException {
        new ControlFile(content).read(visitor);
    }

    private void read(Consumer<Paragraph> visitor) throws IOException, TooLargeException {
        while (readLine()) {
            if (line.chars().allMatch(Character::isWhitespace)) {
                end(visitor);
            } else if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
                field.ifPresent(continued -> continued.append('\n').append(line, 1, line.length()));
            } else if (line.charAt(0) != '#') {
                begin(line.toString());
            }
        }
        end(visitor);
    }

    private void begin(String text) throws TooLargeException {
        int colon = text.indexOf(':');
        if (colon <= 0) {
            field = Optional.empty();
            return;
        }
        StringBuilder value = new StringBuilder(text.substring(colon + 1).strip());
        field = Optional.of(value);
        paragraph.fields.putIfAbsent(text.substring(0, colon).strip().toLowerCase(Locale.ROOT), value);
        if (paragraph.fields.size() > MOST_FIELDS) {
            throw new TooLargeException("a paragraph with more than " + MOST_FIELDS + " fields");
        }
    }

    private void end(Consumer<Paragraph> visitor) throws TooLargeException {
        field = Optional.empty();
        characters = 0;
        if (paragraph.fields.isEmpty()) {
            return;
        }
        if (++paragraphs > MOST_PARAGRAPHS) {
            throw new TooLargeException("more than " + MOST_PARAGRAPHS + " paragraphs");
        }
        visitor.accept(paragraph);
        paragraph = new Paragraph();
    }

    /** Whether there is one more. */
    private boolean readLine() throws IOException, TooLargeException {
        line.setLength(0);
        int next = input.read();
        if (next < 0) {
            return false;
        }
        while (next >= 0 && next != '\n') {
            if (++characters > LONGEST_PARAGRAPH) {
                throw new TooLargeException("a paragraph of more than " + (LONGEST_PARAGRAPH >> 20) + " Mi characters");
            }
            line.append((char) next);
            next = input.read();
        }
        if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
            line.setLength(line.length() - 1);
        }
        return true;
    }
}
