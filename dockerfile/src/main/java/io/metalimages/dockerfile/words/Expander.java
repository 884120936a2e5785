package io.metalimages.dockerfile.words;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.ParserDirectives;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** One pass over one word. */
public final class Expander {

    /** What is done with the parts of a word other than variables. */
    enum Style {
        /** Quotes and escapes are removed. */
        WORD,
        /** Quotes are characters like any other, escapes are removed. */
        HEREDOC,
        /** As {@link #WORD}, but a variable that isn't defined stays as it is written. */
        HEREDOC_NAME,
        /** Everything stays as it is written; only the division into words is wanted. */
        RAW
    }

    private static final int NOWHERE = -1;
    private static final char END = '\uFFFF';
    private static final String SPECIAL_PARAMETERS = "@*#?-$!0";

    private final String source;
    private final Style style;
    private final char escape;
    private final Function<String, Optional<String>> variables;
    private final SourceRange range;
    private final Set<String> used = new TreeSet<>();
    private final Set<String> undefined = new TreeSet<>();
    private int position;
    private int depth;
    /** How many of the operands around the current place are not needed. */
    private int unneeded;

    private boolean quoted;

    Expander(String source, Style style, char escape, Function<String, Optional<String>> variables, SourceRange range) {
        this.source = source;
        this.style = style;
        this.escape = escape;
        this.variables = variables;
        this.range = range;
    }

    Expansion expand() {
        ExpandedText text = new ExpandedText(range);
        scan(NOWHERE, style == Style.RAW, text);
        return new Expansion(text.text(), text.words(), used, undefined);
    }

    /** The words of an instruction as they are written; none if its quotes or braces don't match. */
    public static List<String> rawWords(String line, SourceRange range) {
        try {
            return withoutVariables(line, Style.RAW, range).expand().words();
        } catch (DockerfileException _) {
            // Only a shell can say whether such a line is wrong: it may know operators that are unknown here.
            return List.of();
        }
    }

    /** The name of a here-document. */
    public record Name(String text, boolean quoted) {}

    /** The name that a text consists of, unless it consists of several words or none. */
    public static Optional<Name> heredocName(String text, SourceRange range) {
        Expander expander = withoutVariables(text, Style.HEREDOC_NAME, range);
        List<String> words = expander.expand().words();
        return words.size() == 1 ? Optional.of(new Name(words.getFirst(), expander.quoted)) : Optional.empty();
    }

    private static Expander withoutVariables(String text, Style style, SourceRange range) {
        return new Expander(text, style, ParserDirectives.DEFAULT_ESCAPE, name -> Optional.empty(), range);
    }

    /** Reads to a character, which is consumed, or to the end. */
    private void scan(int stop, boolean keepEscapes, ExpandedText output) {
        while (position < source.length()) {
            char character = source.charAt(position);
            if (character == stop) {
                position++;
                return;
            }
            if (character == '$') {
                output.append(variable());
            } else if (character == '\'' && style != Style.HEREDOC) {
                output.appendQuoted(singleQuoted());
            } else if (character == '"' && style != Style.HEREDOC) {
                output.appendQuoted(doubleQuoted(keepEscapes));
            } else if (character == '<' && style == Style.RAW) {
                output.appendQuoted(arrows());
            } else if (character == escape) {
                output.appendQuoted(escaped(keepEscapes));
            } else {
                output.append(character);
                position++;
            }
        }
        if (stop != NOWHERE) {
            throw unclosed((char) stop, "${");
        }
    }

    private String escaped(boolean keepEscapes) {
        position++;
        String kept = keepEscapes ? String.valueOf(escape) : "";
        return position < source.length() ? kept + next() : kept;
    }

    private String singleQuoted() {
        int end = source.indexOf('\'', position + 1);
        if (end < 0) {
            throw unclosed('\'', "'");
        }
        quoted = true;
        String content = style == Style.RAW ? source.substring(position, end + 1) : source.substring(position + 1, end);
        position = end + 1;
        return content;
    }

    private String doubleQuoted(boolean keepEscapes) {
        ExpandedText content = new ExpandedText(range);
        String mark = style == Style.RAW ? "\"" : "";
        content.append(mark);
        position++;
        while (peek() != '"' && position < source.length()) {
            if (peek() == '$') {
                content.append(variable());
            } else if (peek() == escape) {
                position++;
                boolean hasMeaning = peek() == '"' || peek() == '$' || peek() == escape;
                if (keepEscapes || !hasMeaning) {
                    content.append(escape);
                }
                if (hasMeaning) {
                    content.append(next());
                }
            } else {
                content.append(next());
            }
        }
        if (position == source.length()) {
            throw unclosed('"', "\"");
        }
        quoted = true;
        position++;
        return content.append(mark).text();
    }

    /** Keeps {@code <<} and a name that blanks separate from it in one word. */
    private String arrows() {
        int start = position;
        position++;
        if (peek() == '<') {
            position++;
            while (peek() == ' ' || peek() == '\t' || peek() == '\r') {
                position++;
            }
        }
        return source.substring(start, position);
    }

    private String variable() {
        position++;
        if (peek() != '{') {
            String name = name();
            return name.isEmpty() ? "$" : plain(name, "$" + name);
        }
        position++;
        if (peek() == '{' || peek() == '}' || peek() == ':') {
            throw fault(
                    "There is no variable name after ${ in " + Excerpt.of(source) + ".",
                    "Write ${NAME}; put the escape character before the dollar sign if it is meant literally.");
        }
        String name = name();
        char operator = next();
        return switch (operator) {
            case '}' -> plain(name, "${" + name + "}");
            case ':' -> conditional(name, true, next());
            case '+', '-', '?' -> conditional(name, false, operator);
            case '#', '%' -> trimmed(name, operator);
            case '/' -> replaced(name);
            default -> throw unknownOperator(name, String.valueOf(operator));
        };
    }

    private String name() {
        int start = position;
        if (Character.isDigit(codePoint())) {
            while (Character.isDigit(codePoint())) {
                position += Character.charCount(codePoint());
            }
        } else if (SPECIAL_PARAMETERS.indexOf(peek()) >= 0) {
            position++;
        } else {
            while (Character.isLetterOrDigit(codePoint()) || codePoint() == '_') {
                position += Character.charCount(codePoint());
            }
        }
        return source.substring(start, position);
    }

    private String plain(String name, String written) {
        return lookUp(name, true).orElse(keepsUndefined() ? written : "");
    }

    private String conditional(String name, boolean emptyCountsAsUnset, char operator) {
        if ("+-?".indexOf(operator) < 0) {
            throw unknownOperator(name, ":" + operator);
        }
        Optional<String> value = lookUp(name, operator == '?');
        boolean counts =
                value.filter(text -> !emptyCountsAsUnset || !text.isEmpty()).isPresent();
        String operand = operand('}', false, counts == (operator == '+'));
        if (keepsUndefined() && value.isEmpty()) {
            return "${" + name + (emptyCountsAsUnset ? ":" : "") + operator + operand + "}";
        }
        return switch (operator) {
            case '+' -> counts ? operand : "";
            case '-' -> counts ? value.orElse("") : operand;
            default -> {
                if (!counts && unneeded == 0) {
                    throw missing(name, value.isPresent(), operand);
                }
                yield value.orElse("");
            }
        };
    }

    private String trimmed(String name, char operator) {
        Optional<String> value = lookUp(name, true);
        String pattern = operand('}', true, true);
        if (keepsUndefined() && value.isEmpty()) {
            return "${" + name + operator + pattern + "}";
        }
        boolean longest = pattern.startsWith(String.valueOf(operator));
        ShellPattern shellPattern = ShellPattern.parse(longest ? pattern.substring(1) : pattern, range);
        return operator == '#'
                ? shellPattern.withoutPrefix(value.orElse(""), longest)
                : shellPattern.withoutSuffix(value.orElse(""), longest);
    }

    private String replaced(String name) {
        boolean all = peek() == '/';
        if (all) {
            position++;
        }
        Optional<String> value = lookUp(name, true);
        String pattern = operand('/', true, true);
        String replacement = operand('}', true, true);
        if (keepsUndefined() && value.isEmpty()) {
            return "${" + name + (all ? "//" : "/") + pattern + "/" + replacement + "}";
        }
        return ShellPattern.parse(pattern, range).replace(value.orElse(""), replacement, all);
    }

    private String operand(char stop, boolean keepEscapes, boolean needed) {
        if (depth == WordExpander.MAXIMUM_DEPTH) {
            throw fault(
                    "There are more than " + WordExpander.MAXIMUM_DEPTH + " levels of ${…} within each other.",
                    "Set a variable to the inner part first.");
        }
        ExpandedText operand = new ExpandedText(range);
        depth++;
        unneeded += needed ? 0 : 1;
        scan(stop, keepEscapes, operand);
        unneeded -= needed ? 0 : 1;
        depth--;
        return operand.text();
    }

    private Optional<String> lookUp(String name, boolean missed) {
        if (unneeded > 0) {
            return Optional.empty();
        }
        Optional<String> value = variables.apply(name);
        if (value.isPresent()) {
            used.add(name);
        } else if (missed) {
            undefined.add(name);
        }
        return value;
    }

    private boolean keepsUndefined() {
        return style == Style.RAW || style == Style.HEREDOC_NAME;
    }

    private int codePoint() {
        return position < source.length() ? source.codePointAt(position) : END;
    }

    private char peek() {
        return position < source.length() ? source.charAt(position) : END;
    }

    private char next() {
        if (position == source.length()) {
            throw unclosed('}', "${");
        }
        char character = source.charAt(position);
        position++;
        return character;
    }

    private DockerfileException unclosed(char wanted, String opening) {
        return fault(
                "There is no closing " + wanted + " for " + opening + " in " + Excerpt.of(source) + ".",
                "Add it, or put the escape character before " + opening + " if it is meant literally.");
    }

    private DockerfileException unknownOperator(String name, String operator) {
        return fault(
                "There is no operator " + Excerpt.of(operator) + " for the variable " + Excerpt.of(name) + " in "
                        + Excerpt.of(source) + ".",
                "The operators are - :- + :+ ? :? # ## % %% / and //.");
    }

    private DockerfileException missing(String name, boolean empty, String message) {
        String state = empty ? " is empty" : " is not set";
        return fault(
                "The variable " + Excerpt.of(name) + state
                        + (message.isEmpty() ? "." : ": " + Excerpt.of(message) + "."),
                "Set it with ARG or ENV before this line, or give it as a build argument.");
    }

    private DockerfileException fault(String problem, String hint) {
        return new DockerfileException(range, problem, hint);
    }
}
