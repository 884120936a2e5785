package io.metalimages.dockerfile.words;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.WhiteSpace;
import java.util.ArrayList;
import java.util.List;

/** Collects what is expanded, as one text and as words. */
final class ExpandedText {

    private final SourceRange range;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder word = new StringBuilder();
    private final List<String> words = new ArrayList<>();

    ExpandedText(SourceRange range) {
        this.range = range;
    }

    /** Appends a character that ends a word if it is white space. */
    void append(char character) {
        text.append(character);
        if (WhiteSpace.is(character)) {
            endWord();
        } else {
            word.append(character);
        }
    }

    /** Appends characters of which white space ends a word. */
    ExpandedText append(String characters) {
        requireRoom(characters);
        for (int position = 0; position < characters.length(); position++) {
            append(characters.charAt(position));
        }
        return this;
    }

    /** Appends characters that all belong to the same word. */
    void appendQuoted(String characters) {
        requireRoom(characters);
        text.append(characters);
        word.append(characters);
    }

    private void requireRoom(String characters) {
        if (characters.length() > WordExpander.MAXIMUM_LENGTH - text.length()) {
            throw new DockerfileException(
                    range,
                    "The expansion has more than " + WordExpander.MAXIMUM_LENGTH + " characters.",
                    "Look for a variable whose value contains other variables many times over.");
        }
    }

    private void endWord() {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    String text() {
        return text.toString();
    }

    List<String> words() {
        endWord();
        return words;
    }
}
