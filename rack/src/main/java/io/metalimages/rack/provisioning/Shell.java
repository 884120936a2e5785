package io.metalimages.rack.provisioning;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lines for a POSIX shell. */
public final class Shell {

    private Shell() {}

    public static String command(String... words) {
        return command(Stream.of(words));
    }

    /** A command whose words the shell takes as they are. */
    public static String command(Stream<String> words) {
        return words.map(Shell::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
