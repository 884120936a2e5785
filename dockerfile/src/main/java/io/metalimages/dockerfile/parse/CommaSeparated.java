package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import java.util.ArrayList;
import java.util.List;

/** One record of comma-separated values (RFC 4180): a field in double quotes may hold commas and doubled quotes. */
final class CommaSeparated {

    private CommaSeparated() {}

    static List<String> fields(String text, SourceRange range) {
        List<String> fields = new ArrayList<>();
        int position = 0;
        while (position <= text.length()) {
            StringBuilder field = new StringBuilder();
            position = text.startsWith("\"", position)
                    ? quoted(text, position, field, range)
                    : plain(text, position, field, range);
            fields.add(field.toString());
            position++;
        }
        return fields;
    }

    private static int plain(String text, int start, StringBuilder field, SourceRange range) {
        int comma = text.indexOf(',', start);
        int end = comma < 0 ? text.length() : comma;
        field.append(text, start, end);
        if (field.indexOf("\"") >= 0) {
            throw misplacedQuote(text, range);
        }
        return end;
    }

    private static int quoted(String text, int start, StringBuilder field, SourceRange range) {
        int position = start + 1;
        while (position < text.length()) {
            boolean quote = text.charAt(position) == '"';
            position += quote ? 1 : 0;
            boolean endOfText = position == text.length();
            if (quote && (endOfText || text.charAt(position) != '"')) {
                if (endOfText || text.charAt(position) == ',') {
                    return position;
                }
                break;
            }
            field.append(text.charAt(position));
            position++;
        }
        throw misplacedQuote(text, range);
    }

    private static DockerfileException misplacedQuote(String text, SourceRange range) {
        return new DockerfileException(
                range,
                "There is a double quote out of place in " + Excerpt.of(text) + ".",
                "Quote a field as a whole, \"key=value\", and double the quotes within.");
    }
}
