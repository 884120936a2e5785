package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.WhiteSpace;
import io.metalimages.dockerfile.syntax.ParserDirectives;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the parser directives at the top of a text. The first line that isn't one ends them: another comment, an unknown
 * name, an empty line.
 */
final class DirectiveReader {

    private enum Name {
        SYNTAX,
        ESCAPE,
        CHECK
    }

    private record Directive(Name name, String value) {}

    private final Map<Name, String> values = new EnumMap<>(Name.class);

    private DirectiveReader() {}

    static ParserDirectives read(String file, String text) {
        DirectiveReader reader = new DirectiveReader();
        PhysicalLines lines = new PhysicalLines(file, text);
        while (lines.hasNext()) {
            Optional<Directive> directive = directive(lines.next());
            if (directive.isEmpty()) {
                break;
            }
            reader.accept(directive.get(), SourceRange.line(file, lines.number()));
        }
        return reader.directives();
    }

    private static Optional<Directive> directive(String line) {
        String comment = WhiteSpace.strip(line);
        int equals = comment.indexOf('=');
        if (!comment.startsWith("#") || equals < 0) {
            return Optional.empty();
        }
        String word = WhiteSpace.strip(comment.substring(1, equals)).toUpperCase(Locale.ROOT);
        String value = WhiteSpace.strip(comment.substring(equals + 1));
        for (Name name : Name.values()) {
            if (name.name().equals(word) && !value.isEmpty()) {
                return Optional.of(new Directive(name, value));
            }
        }
        return Optional.empty();
    }

    private void accept(Directive directive, SourceRange range) {
        String name = directive.name().name().toLowerCase(Locale.ROOT);
        if (values.putIfAbsent(directive.name(), directive.value()) != null) {
            throw new DockerfileException(
                    range, "The parser directive " + name + " is given twice.", "Keep one of the two lines.");
        }
        if (directive.name() == Name.ESCAPE
                && !directive.value().equals("\\")
                && !directive.value().equals("`")) {
            throw new DockerfileException(
                    range,
                    "The escape character can't be " + Excerpt.of(directive.value()) + ".",
                    "Use a backslash or a backtick: # escape=\\ or # escape=`.");
        }
    }

    private ParserDirectives directives() {
        return new ParserDirectives(
                Optional.ofNullable(values.get(Name.SYNTAX)),
                Optional.ofNullable(values.get(Name.ESCAPE))
                        .map(value -> value.charAt(0))
                        .orElse(ParserDirectives.DEFAULT_ESCAPE),
                Optional.ofNullable(values.get(Name.CHECK)));
    }
}
