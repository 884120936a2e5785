package io.metalimages.dockerfile.parse;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads a JSON array of strings (RFC 8259). Everything else that JSON knows is recognised, so as to tell an array with
 * other values, which is a mistake, from text that only begins with a bracket, which is a shell command.
 */
final class JsonArray {

    /** What a text turned out to be. */
    sealed interface Result {}

    record Strings(List<String> elements) implements Result {}

    record OtherValues() implements Result {}

    record NotJson() implements Result {}

    /** Arrays and objects deeper than this are taken for something other than JSON. */
    private static final int MAXIMUM_DEPTH = 100;

    private static final char END = '\uFFFF';

    private final String text;
    private int position;

    private JsonArray(String text) {
        this.text = text;
    }

    static Result parse(String text) {
        JsonArray reader = new JsonArray(text);
        List<String> elements = new ArrayList<>();
        try {
            boolean onlyStrings = reader.array(elements);
            reader.skipBlanks();
            if (reader.position < text.length()) {
                return new NotJson();
            }
            return onlyStrings ? new Strings(List.copyOf(elements)) : new OtherValues();
        } catch (SyntaxException _) {
            // Most commands aren't JSON; that this one isn't is the answer.
            return new NotJson();
        }
    }

    /** Thrown where the text departs from JSON. */
    private static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;

        SyntaxException() {
            super(null, null, false, false);
        }
    }

    private boolean array(List<String> elements) throws SyntaxException {
        boolean onlyStrings = true;
        expect('[');
        if (skipIf(']')) {
            return true;
        }
        do {
            skipBlanks();
            if (peek() == '"') {
                elements.add(string());
            } else {
                skipValue(1);
                onlyStrings = false;
            }
        } while (skipIf(','));
        expect(']');
        return onlyStrings;
    }

    private void skipValue(int depth) throws SyntaxException {
        if (depth > MAXIMUM_DEPTH) {
            throw new SyntaxException();
        }
        skipBlanks();
        switch (peek()) {
            case '"' -> string();
            case '[' -> skipArray(depth);
            case '{' -> skipObject(depth);
            case 't' -> expectWord("true");
            case 'f' -> expectWord("false");
            case 'n' -> expectWord("null");
            default -> skipNumber();
        }
    }

    private void skipArray(int depth) throws SyntaxException {
        expect('[');
        if (skipIf(']')) {
            return;
        }
        do {
            skipValue(depth + 1);
        } while (skipIf(','));
        expect(']');
    }

    private void skipObject(int depth) throws SyntaxException {
        expect('{');
        if (skipIf('}')) {
            return;
        }
        do {
            skipBlanks();
            string();
            expect(':');
            skipValue(depth + 1);
        } while (skipIf(','));
        expect('}');
    }

    private void skipNumber() throws SyntaxException {
        if (peek() == '-') {
            position++;
        }
        if (peek() == '0') {
            position++;
        } else {
            skipDigits();
        }
        if (peek() == '.') {
            position++;
            skipDigits();
        }
        if (peek() == 'e' || peek() == 'E') {
            position++;
            if (peek() == '+' || peek() == '-') {
                position++;
            }
            skipDigits();
        }
    }

    private void skipDigits() throws SyntaxException {
        int start = position;
        while (peek() >= '0' && peek() <= '9') {
            position++;
        }
        if (position == start) {
            throw new SyntaxException();
        }
    }

    private String string() throws SyntaxException {
        expectWord("\"");
        StringBuilder string = new StringBuilder();
        while (peek() != '"') {
            char character = next();
            if (character < ' ') {
                throw new SyntaxException();
            }
            string.append(character == '\\' ? escaped() : character);
        }
        position++;
        return withoutLoneSurrogates(string);
    }

    private char escaped() throws SyntaxException {
        return switch (next()) {
            case '"' -> '"';
            case '\\' -> '\\';
            case '/' -> '/';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw new SyntaxException();
        };
    }

    private char unicode() throws SyntaxException {
        int value = 0;
        for (int digit = 0; digit < 4; digit++) {
            char character = next();
            int number = character < 0x80 ? Character.digit(character, 16) : -1;
            if (number < 0) {
                throw new SyntaxException();
            }
            value = value * 16 + number;
        }
        return (char) value;
    }

    private static String withoutLoneSurrogates(StringBuilder string) {
        StringBuilder clean = new StringBuilder(string.length());
        string.codePoints()
                .map(codePoint -> Character.getType(codePoint) == Character.SURROGATE ? 0xFFFD : codePoint)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private boolean skipIf(char wanted) {
        skipBlanks();
        if (peek() == wanted) {
            position++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) throws SyntaxException {
        if (!skipIf(wanted)) {
            throw new SyntaxException();
        }
    }

    private void expectWord(String wanted) throws SyntaxException {
        if (!text.startsWith(wanted, position)) {
            throw new SyntaxException();
        }
        position += wanted.length();
    }

    private void skipBlanks() {
        while (" \t\r\n".indexOf(peek()) >= 0) {
            position++;
        }
    }

    private char peek() {
        return position < text.length() ? text.charAt(position) : END;
    }

    private char next() throws SyntaxException {
        if (position == text.length()) {
            throw new SyntaxException();
        }
        char character = text.charAt(position);
        position++;
        return character;
    }
}
