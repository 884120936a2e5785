package io.metalimages.dockerfile.patterns;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A pattern for paths with slashes.
 *
 * <p>{@code *} stands for any characters but slashes, {@code ?} for one, {@code [a-z]} for one of a class and {@code
 * [^a-z]} for one outside it; a backslash takes the meaning from the next character. These are the rules of Go's {@code
 * filepath.Match}, which Docker uses. A {@linkplain #parseDeep deep} pattern also has {@code **}, which stands for any
 * number of directories.
 *
 * <p>Matching takes time in proportion to the length of the path times the length of the pattern.
 */
public final class PathPattern {

    /** What one place of a pattern accepts, and which places it leads to. */
    private sealed interface Element {}

    private record Literal(int codePoint) implements Element {}

    private record AnyOne() implements Element {}

    private record AnyNumber() implements Element {}

    private record OneOf(boolean inverted, List<Range> ranges) implements Element {

        boolean accepts(int codePoint) {
            return ranges.stream().anyMatch(range -> range.first() <= codePoint && codePoint <= range.last())
                    != inverted;
        }
    }

    private record Range(int first, int last) {}

    /** The start of any number of directories, none included. */
    private record Directories() implements Element {}

    /** Within these directories: only a slash leads out. */
    private record InDirectories() implements Element {}

    /** Any characters, slashes included. */
    private record Anything() implements Element {}

    private final String text;
    private final List<Element> elements;

    private PathPattern(String text, List<Element> elements) {
        this.text = text;
        this.elements = List.copyOf(elements);
    }

    /**
     * A pattern as in the sources of {@code COPY} and {@code ADD}.
     *
     * @param range where it stands, for messages
     * @throws DockerfileException if a class is not closed or a backslash ends the pattern
     */
    public static PathPattern parse(String pattern, SourceRange range) {
        return new PathPattern(pattern, new Parser(pattern, false, range).parse());
    }

    /**
     * A pattern as in {@code .dockerignore}, where {@code **} is known.
     *
     * @param range where it stands, for messages
     * @throws DockerfileException if a class is not closed or a backslash ends the pattern
     */
    public static PathPattern parseDeep(String pattern, SourceRange range) {
        return new PathPattern(pattern, new Parser(pattern, true, range).parse());
    }

    /** Whether the pattern stands for one path only. */
    public boolean isLiteral() {
        return elements.stream().allMatch(Literal.class::isInstance);
    }

    /** Whether the pattern stands for exactly this path; parents and children are other paths. */
    public boolean matches(String path) {
        boolean[] places = placesAfter(path);
        return places[elements.size()];
    }

    /** Whether the pattern stands for this path, or for a directory that it is below. */
    public boolean matchesPathOrParent(String path) {
        return follow(path, true)[elements.size()];
    }

    /** Whether the pattern stands for some path below a directory, be there such a file or not. */
    public boolean matchesBelow(String directory) {
        boolean[] places = placesAfter(directory + "/");
        places[elements.size()] = false;
        for (boolean place : places) {
            if (place) {
                return true;
            }
        }
        return false;
    }

    /** The pattern as it was written. */
    @Override
    public String toString() {
        return text;
    }

    /** Where in the pattern one may be after a path, following all ways at once. */
    private boolean[] placesAfter(String path) {
        return follow(path, false);
    }

    /** @param untilParent whether to stop behind a directory that the pattern stands for */
    private boolean[] follow(String path, boolean untilParent) {
        boolean[] now = new boolean[elements.size() + 1];
        boolean[] then = new boolean[elements.size() + 1];
        enter(now, 0);
        int position = 0;
        while (position < path.length()) {
            int codePoint = path.codePointAt(position);
            if (untilParent && codePoint == '/' && now[elements.size()]) {
                return now;
            }
            position += Character.charCount(codePoint);
            Arrays.fill(then, false);
            for (int index = 0; index < elements.size(); index++) {
                if (now[index]) {
                    step(index, codePoint, then);
                }
            }
            boolean[] free = now;
            now = then;
            then = free;
        }
        return now;
    }

    private void step(int index, int codePoint, boolean[] then) {
        boolean slash = codePoint == '/';
        switch (elements.get(index)) {
            case Literal(int wanted) -> enterIf(wanted == codePoint, then, index + 1);
            case AnyOne _ -> enterIf(!slash, then, index + 1);
            case AnyNumber _ -> enterIf(!slash, then, index);
            case OneOf oneOf -> enterIf(oneOf.accepts(codePoint), then, index + 1);
            case Directories _ -> {
                enter(then, index + 1);
                enterIf(slash, then, index + 2);
            }
            case InDirectories _ -> {
                enter(then, index);
                enterIf(slash, then, index + 1);
            }
            case Anything _ -> enter(then, index);
        }
    }

    private void enterIf(boolean condition, boolean[] places, int index) {
        if (condition) {
            enter(places, index);
        }
    }

    /** Marks a place, and those that elements lead to which may stand for nothing. */
    private void enter(boolean[] places, int index) {
        int place = index;
        while (true) {
            places[place] = true;
            if (place == elements.size()) {
                return;
            }
            switch (elements.get(place)) {
                case AnyNumber _, Anything _ -> place++;
                case Directories _ -> place += 2;
                default -> {
                    return;
                }
            }
        }
    }

    /** Reads a pattern. */
    private static final class Parser {

        private final String pattern;
        private final int[] codePoints;
        private final boolean deep;
        private final SourceRange range;
        private final List<Element> elements = new ArrayList<>();
        private int position;

        Parser(String pattern, boolean deep, SourceRange range) {
            this.pattern = pattern;
            this.codePoints = pattern.codePoints().toArray();
            this.deep = deep;
            this.range = range;
        }

        List<Element> parse() {
            while (position < codePoints.length) {
                int codePoint = codePoints[position];
                position++;
                switch (codePoint) {
                    case '*' -> star();
                    case '?' -> elements.add(new AnyOne());
                    case '[' -> elements.add(oneOf());
                    case '\\' -> elements.add(new Literal(next()));
                    default -> elements.add(new Literal(codePoint));
                }
            }
            return elements;
        }

        private void star() {
            if (!deep || peek() != '*') {
                elements.add(new AnyNumber());
                return;
            }
            position++;
            if (peek() == '/') {
                position++;
                addDirectories();
            } else if (position == codePoints.length || (elements.isEmpty() && isRestLiteral())) {
                elements.add(new Anything());
                return;
            } else {
                addDirectories();
            }
        }

        private void addDirectories() {
            if (position == codePoints.length) {
                elements.add(new Anything());
            } else {
                elements.add(new Directories());
                elements.add(new InDirectories());
            }
        }

        /** Docker matches {@code **.go} at the start as a suffix, but {@code **.g?} within one name. */
        private boolean isRestLiteral() {
            return Arrays.stream(codePoints, position, codePoints.length)
                    .noneMatch(codePoint -> "*?[]\\".indexOf(codePoint) >= 0);
        }

        private Element oneOf() {
            boolean inverted = peek() == '^';
            if (inverted) {
                position++;
            }
            List<Range> ranges = new ArrayList<>();
            while (ranges.isEmpty() || peek() != ']') {
                int first = bound();
                int last = first;
                if (peek() == '-') {
                    position++;
                    last = bound();
                }
                ranges.add(new Range(first, last));
            }
            position++;
            return new OneOf(inverted, List.copyOf(ranges));
        }

        private int bound() {
            int codePoint = next();
            if (codePoint == '-' || codePoint == ']') {
                throw malformed();
            }
            return codePoint == '\\' ? next() : codePoint;
        }

        private int peek() {
            return position < codePoints.length ? codePoints[position] : -1;
        }

        private int next() {
            if (position == codePoints.length) {
                throw malformed();
            }
            int codePoint = codePoints[position];
            position++;
            return codePoint;
        }

        private DockerfileException malformed() {
            return new DockerfileException(
                    range,
                    "The pattern " + Excerpt.of(pattern)
                            + " has a bracket without its counterpart, or a backslash with nothing to escape.",
                    "Put a backslash before [, - or \\ if it is meant literally.");
        }
    }
}
