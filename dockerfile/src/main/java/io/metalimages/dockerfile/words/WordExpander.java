package io.metalimages.dockerfile.words;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.ParserDirectives;
import java.util.Optional;
import java.util.function.Function;

/**
 * Expands variables in words and removes their quotes and escapes.
 *
 * <p>Understood are {@code $V}, <code>${V}</code>, <code>${V-d} ${V:-d} ${V+a} ${V:+a} ${V?e} ${V:?e}</code> as POSIX
 * defines them, prefixes and suffixes to be cut off, <code>${V#p} ${V##p} ${V%p} ${V%%p}</code>, and replacements,
 * <code>${V/p/r} ${V//p/r}</code>, where {@code *} and {@code ?} in {@code p} stand for any characters but line ends.
 * What follows an operator is expanded in turn, and only if it is needed. Positional and special parameters ({@code $1},
 * {@code $@}) are names like any other, though nobody defines them.
 *
 * <p>As safe for use by several threads as the variables that it is given.
 */
public final class WordExpander {

    /** How deep <code>${…}</code> may be nested. */
    public static final int MAXIMUM_DEPTH = 100;

    /** How many characters an expansion may have. */
    public static final int MAXIMUM_LENGTH = 16 * 1024 * 1024;

    private final char escape;
    private final Function<String, Optional<String>> variables;

    /**
     * An expander for a file with this {@linkplain ParserDirectives#escape() escape character}.
     *
     * @param variables gives the value of a variable, which may be empty, or nothing if it isn't defined
     */
    public WordExpander(char escape, Function<String, Optional<String>> variables) {
        this.escape = escape;
        this.variables = variables;
    }

    /**
     * Expands a word of an instruction.
     *
     * @param range where the word stands, for messages
     * @throws DockerfileException if a quote or brace isn't closed, an operator is unknown, a demanded variable is
     *     missing, or a limit is exceeded
     */
    public Expansion expand(String word, SourceRange range) {
        return new Expander(word, Expander.Style.WORD, escape, variables, range).expand();
    }

    /**
     * Expands the body of a here-document, where quotes are ordinary and a backslash, whatever the file's escape
     * character, takes the meaning from the next character.
     *
     * @throws DockerfileException as for {@link #expand}
     */
    public Expansion expandHeredoc(String body, SourceRange range) {
        return new Expander(body, Expander.Style.HEREDOC, ParserDirectives.DEFAULT_ESCAPE, variables, range).expand();
    }
}
