package io.metalimages.engine.files;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A pattern for one component of a path, as Go's {@code filepath.Match} has them: {@code *}, {@code ?},
 * {@code [a-z]}, {@code [^a-z]}, and a backslash before what is meant as it stands. Immutable.
 *
 * <p>A name is matched without recursion: what follows a {@code *} is tried from one place after the other, and no
 * earlier {@code *} is ever gone back to, so that no pattern takes longer than its length times the name's.
 */
final class NamePattern {

    private final List<Element> elements;

    private sealed interface Element {

        /** Any number of characters. */
        record Star() implements Element {}

        record One(IntPredicate character) implements Element {}
    }

    private NamePattern(List<Element> elements) {
        this.elements = List.copyOf(elements);
    }

    /** A pattern that says nothing. */
    static final class MalformedException extends Exception {

        private static final long serialVersionUID = 1L;

        private MalformedException(String reason) {
            super(reason);
        }
    }

    /** @throws MalformedException if a bracket or a backslash has no end */
    static NamePattern parse(String pattern) throws MalformedException {
        return new NamePattern(new Parser(pattern).elements());
    }

    boolean matches(String name) {
        int[] characters = name.codePoints().toArray();
        int element = 0;
        int position = 0;
        int afterStar = -1;
        int starEnd = 0;
        while (position < characters.length) {
            if (isStar(element)) {
                element++;
                afterStar = element;
                starEnd = position;
            } else if (isOne(element, characters[position])) {
                element++;
                position++;
            } else if (afterStar >= 0) {
                element = afterStar;
                starEnd++;
                position = starEnd;
            } else {
                return false;
            }
        }
        while (isStar(element)) {
            element++;
        }
        return element == elements.size();
    }

    private boolean isStar(int element) {
        return element < elements.size() && elements.get(element) instanceof Element.Star;
    }

    private boolean isOne(int element, int character) {
        return element < elements.size()
                && elements.get(element) instanceof Element.One(IntPredicate wanted)
                && wanted.test(character);
    }

    private static final class Parser {

        private final int[] pattern;
        private int position;

        Parser(String pattern) {
            this.pattern = pattern.codePoints().toArray();
        }

        List<Element> elements() throws MalformedException {
            List<Element> elements = new ArrayList<>();
            while (position < pattern.length) {
                int character = pattern[position++];
                switch (character) {
                    case '*' -> elements.add(new Element.Star());
                    case '?' -> elements.add(new Element.One(any -> true));
                    case '[' -> elements.add(new Element.One(characterClass()));
                    case '\\' -> elements.add(equalTo(escaped()));
                    default -> elements.add(equalTo(character));
                }
            }
            return elements;
        }

        private static Element equalTo(int wanted) {
            return new Element.One(character -> character == wanted);
        }

        private IntPredicate characterClass() throws MalformedException {
            boolean negated = position < pattern.length && pattern[position] == '^';
            if (negated) {
                position++;
            }
            IntPredicate any = character -> false;
            for (boolean first = true; first || peek() != ']'; first = false) {
                int low = bound();
                int high = low;
                if (peek() == '-') {
                    position++;
                    high = bound();
                }
                int last = high;
                any = any.or(character -> low <= character && character <= last);
            }
            position++;
            return negated ? any.negate() : any;
        }

        private int bound() throws MalformedException {
            int character = peek();
            if (character == ']' || character == '-') {
                throw new MalformedException("a bracket holds no character where it needs one");
            }
            position++;
            return character == '\\' ? escaped() : character;
        }

        private int peek() throws MalformedException {
            if (position == pattern.length) {
                throw new MalformedException("a bracket is never closed");
            }
            return pattern[position];
        }

        private int escaped() throws MalformedException {
            if (position == pattern.length) {
                throw new MalformedException("it ends in a backslash");
            }
            return pattern[position++];
        }
    }
}
