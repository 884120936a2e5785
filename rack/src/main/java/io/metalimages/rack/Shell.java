package io.metalimages.rack;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lines for a POSIX shell. */
final class Shell {

    private Shell() {}

    static String command(String... words) {
        return command(Stream.of(words));
    }

    /** A command whose words the shell takes as they are. */
    static String command(Stream<String> words) {
        return words.map(Shell::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
