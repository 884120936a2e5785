package io.metalimages.dockerfile.words;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pattern of <code>${V#p}</code> and its kin: {@code *} stands for any characters, {@code ?} for one, line ends
 * excepted, and a backslash before these and itself takes their meaning away. Searching takes time in proportion to the
 * length of the value times the length of the pattern.
 */
final class ShellPattern {

    /** What one place of a pattern accepts. */
    private sealed interface Element {}

    private record Literal(int codePoint) implements Element {}

    private record AnyOne() implements Element {}

    private record AnyNumber() implements Element {}

    private static final int NO_MATCH = -1;

    private final List<Element> elements;

    private ShellPattern(List<Element> elements) {
        this.elements = elements;
    }

    static ShellPattern parse(String pattern, SourceRange range) {
        List<Element> elements = new ArrayList<>();
        int[] codePoints = pattern.codePoints().toArray();
        for (int position = 0; position < codePoints.length; position++) {
            switch (codePoints[position]) {
                case '*' -> elements.add(new AnyNumber());
                case '?' -> elements.add(new AnyOne());
                case '\\' -> {
                    position++;
                    if (position == codePoints.length || "*?\\/}".indexOf(codePoints[position]) < 0) {
                        throw new DockerfileException(
                                range,
                                "There is a backslash with nothing to escape in the pattern " + Excerpt.of(pattern)
                                        + ".",
                                "Only * ? \\ / and } are escaped in a pattern; write \\\\ for a backslash.");
                    }
                    elements.add(new Literal(codePoints[position]));
                }
                default -> elements.add(new Literal(codePoints[position]));
            }
        }
        return new ShellPattern(elements);
    }

    String withoutPrefix(String value, boolean longest) {
        Search search = new Search(elements, value.codePoints().toArray());
        int end = search.end(0, longest);
        return end == NO_MATCH ? value : search.text(end, search.length());
    }

    String withoutSuffix(String value, boolean longest) {
        Search search = new Search(
                elements.reversed(),
                new StringBuilder(value).reverse().codePoints().toArray());
        int end = search.end(0, longest);
        return end == NO_MATCH
                ? value
                : new StringBuilder(search.text(end, search.length())).reverse().toString();
    }

    /** Replaces the longest match at the first place where there is one, or at all such places from left to right. */
    String replace(String value, String replacement, boolean all) {
        Search search = new Search(elements, value.codePoints().toArray());
        StringBuilder result = new StringBuilder();
        int copied = 0;
        int start = 0;
        int lastEnd = NO_MATCH;
        while (start <= search.length()) {
            int end = search.end(start, true);
            if (end == NO_MATCH || (end == start && start == lastEnd)) {
                start = end == NO_MATCH ? search.nextStart(start) : start + 1;
                continue;
            }
            result.append(search.text(copied, start)).append(replacement);
            copied = end;
            lastEnd = end;
            start = Math.max(end, start + (end == start ? 1 : 0));
            if (!all) {
                break;
            }
        }
        return result.append(search.text(copied, search.length())).toString();
    }

    /** Follows all ways through a pattern at once. */
    private static final class Search {

        private final List<Element> elements;
        private final int[] value;
        private final boolean[] now;
        private final boolean[] then;
        private boolean passedStar;

        Search(List<Element> elements, int[] value) {
            this.elements = elements;
            this.value = value;
            this.now = new boolean[elements.size() + 1];
            this.then = new boolean[elements.size() + 1];
        }

        int length() {
            return value.length;
        }

        String text(int start, int end) {
            return new String(value, start, end - start);
        }

        /** Where the longest or shortest match that begins at a place ends. */
        int end(int start, boolean longest) {
            passedStar = false;
            Arrays.fill(now, false);
            boolean alive = enter(now, 0);
            int end = NO_MATCH;
            for (int place = start; alive; place++) {
                if (now[elements.size()]) {
                    end = place;
                    if (!longest) {
                        return end;
                    }
                }
                alive = place < value.length && step(value[place]);
            }
            return end;
        }

        /**
         * The next place where a match may begin, after none began at {@code start}. If the search got as far as a star,
         * that star has seen the rest of the line in vain, and would from anywhere later in the line.
         */
        int nextStart(int start) {
            if (!passedStar) {
                return start + 1;
            }
            int place = start;
            while (place < value.length && value[place] != '\n') {
                place++;
            }
            return place + 1;
        }

        private boolean step(int codePoint) {
            Arrays.fill(then, false);
            boolean alive = false;
            for (int index = 0; index < elements.size(); index++) {
                if (now[index]) {
                    alive |= switch (elements.get(index)) {
                        case Literal(int wanted) -> wanted == codePoint && enter(then, index + 1);
                        case AnyOne _ -> codePoint != '\n' && enter(then, index + 1);
                        case AnyNumber _ -> codePoint != '\n' && enter(then, index);
                    };
                }
            }
            System.arraycopy(then, 0, now, 0, now.length);
            return alive;
        }

        /** Marks a place in the pattern, and those that a star, which may stand for nothing, leads to. */
        private boolean enter(boolean[] places, int index) {
            int place = index;
            places[place] = true;
            while (place < elements.size() && elements.get(place) instanceof AnyNumber) {
                passedStar = true;
                place++;
                places[place] = true;
            }
            return true;
        }
    }
}
