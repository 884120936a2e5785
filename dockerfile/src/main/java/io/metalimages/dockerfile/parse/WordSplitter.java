package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.WhiteSpace;
import io.metalimages.dockerfile.words.WordExpander;
import java.util.ArrayList;
import java.util.List;

/** Splits text at white space that is neither quoted nor escaped. */
final class WordSplitter {

    private static final char NO_QUOTE = 0;

    private final char escape;

    WordSplitter(char escape) {
        this.escape = escape;
    }

    /** The words, with their quotes and escapes, which are left to the {@link WordExpander}. */
    List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = NO_QUOTE;
        for (int position = 0; position < text.length(); position++) {
            char character = text.charAt(position);
            if (quote == NO_QUOTE && WhiteSpace.is(character)) {
                endWord(word, words);
            } else if (character == escape && quote != '\'') {
                if (position + 1 < text.length()) {
                    position++;
                    word.append(character).append(text.charAt(position));
                }
            } else {
                quote = quoteAfter(character, quote);
                word.append(character);
            }
        }
        endWord(word, words);
        return words;
    }

    private static void endWord(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    private static char quoteAfter(char character, char quote) {
        if (quote == NO_QUOTE) {
            return character == '\'' || character == '"' ? character : NO_QUOTE;
        }
        return character == quote ? NO_QUOTE : quote;
    }

    /** The flags at the start of a text, without quotes and escapes, and what follows them. */
    record Flagged(List<String> flags, String rest) {}

    /** Takes words off the text while they begin with {@code --}; a lone {@code --} ends the flags and is dropped. */
    Flagged flags(String text) {
        List<String> flags = new ArrayList<>();
        int position = 0;
        while (true) {
            while (position < text.length() && WhiteSpace.is(text.charAt(position))) {
                position++;
            }
            if (!text.startsWith("--", position)) {
                return new Flagged(flags, text.substring(position));
            }
            StringBuilder flag = new StringBuilder();
            position = readFlag(text, position, flag);
            if (flag.toString().equals("--")) {
                return new Flagged(flags, text.substring(position));
            }
            flags.add(flag.toString());
        }
    }

    private int readFlag(String text, int start, StringBuilder flag) {
        char quote = NO_QUOTE;
        int position = start;
        while (position < text.length()) {
            char character = text.charAt(position);
            if (quote == NO_QUOTE && WhiteSpace.is(character)) {
                return position;
            }
            if (character == escape) {
                if (position + 1 < text.length()) {
                    position++;
                    flag.append(text.charAt(position));
                }
            } else if (quoteAfter(character, quote) == quote) {
                flag.append(character);
            } else {
                quote = quoteAfter(character, quote);
            }
            position++;
        }
        return position;
    }
}
