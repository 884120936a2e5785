package io.metalimages.cli.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lines of a file that the user wrote.
 *
 * @param firstLine counts from 1
 * @param lastLine at least {@code firstLine}
 */
record SourceLocation(String file, int firstLine, int lastLine) {

    private static final Pattern FORM = Pattern.compile("(.+):([1-9][0-9]{0,8})");
    private static final Pattern LEADING = Pattern.compile("([^\n]+?:[1-9][0-9]{0,8}): ");
    private static final int MOST_LINES = 4;

    /** A larger file was not written by hand. */
    private static final int MOST_BYTES = 16 << 20;

    /** Reads {@code Dockerfile:12}. */
    static Optional<SourceLocation> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int line = Integer.parseInt(matcher.group(2));
        return Optional.of(new SourceLocation(matcher.group(1), line, line));
    }

    /** Finds the location that a message begins with: {@code Dockerfile:12: There is no …}. */
    static Optional<SourceLocation> leading(String message) {
        Matcher matcher = LEADING.matcher(message);
        return matcher.lookingAt() ? parse(matcher.group(1)) : Optional.empty();
    }

    /** One line of the file, without its line end; {@code isMeant} if it is one of those that this location names. */
    record Line(int number, String text, boolean isMeant) {}

    /** The lines, with one more before and after; nothing if the file can't be read, which is no news here. */
    List<Line> excerpt() {
        List<String> all;
        try {
            Path path = Path.of(file);
            if (!Files.isRegularFile(path) || Files.size(path) > MOST_BYTES) {
                return List.of();
            }
            all = new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException | InvalidPathException unreadable) {
            return List.of();
        }
        List<Line> excerpt = new ArrayList<>();
        int last = Math.min(Math.min(lastLine, firstLine + MOST_LINES - 1) + 1, all.size());
        for (int number = Math.max(1, firstLine - 1); number <= last; number++) {
            excerpt.add(new Line(number, all.get(number - 1), number >= firstLine && number <= lastLine));
        }
        return excerpt;
    }
}
