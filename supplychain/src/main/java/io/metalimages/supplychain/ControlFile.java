package io.metalimages.supplychain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Text in the format of deb822(5): paragraphs of fields, as in dpkg's database and in machine-readable copyright files.
 * Lines that fit nowhere are passed over.
 */
final class ControlFile {

    private ControlFile() {}

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

    /** All paragraphs, in their order. */
    static List<Paragraph> parse(String text) {
        List<Paragraph> paragraphs = new ArrayList<>();
        Paragraph paragraph = new Paragraph();
        Optional<StringBuilder> field = Optional.empty();
        for (String line : (Iterable<String>) text.lines()::iterator) {
            if (line.isBlank()) {
                if (!paragraph.fields.isEmpty()) {
                    paragraphs.add(paragraph);
                    paragraph = new Paragraph();
                }
                field = Optional.empty();
            } else if (line.startsWith(" ") || line.startsWith("\t")) {
                field.ifPresent(continued -> continued.append('\n').append(line.substring(1)));
            } else if (!line.startsWith("#")) {
                int colon = line.indexOf(':');
                field = colon <= 0
                        ? Optional.empty()
                        : Optional.of(
                                new StringBuilder(line.substring(colon + 1).strip()));
                Paragraph current = paragraph;
                field.ifPresent(value -> current.fields.putIfAbsent(
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT), value));
            }
        }
        if (!paragraph.fields.isEmpty()) {
            paragraphs.add(paragraph);
        }
        return paragraphs;
    }
}
