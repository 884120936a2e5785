package io.metalimages.dockerfile.syntax;

import java.util.Optional;

/**
 * The {@code # name=value} lines at the very top of a Dockerfile.
 *
 * @param syntax the front end that the file asks for, as written
 * @param escape the character that escapes another one and continues a line, {@code \} or {@code `}
 * @param check the options of build checks, as written
 */
public record ParserDirectives(Optional<String> syntax, char escape, Optional<String> check) {

    /** What the escape character is if no directive says otherwise. */
    public static final char DEFAULT_ESCAPE = '\\';
}
