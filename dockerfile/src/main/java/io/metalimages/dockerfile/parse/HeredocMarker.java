package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.WhiteSpace;
import io.metalimages.dockerfile.syntax.Source;
import io.metalimages.dockerfile.words.Expander;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A word that opens a here-document: digits, {@code <<}, {@code -} if tabs are to be stripped, and a name.
 *
 * @param name the name without quotes
 * @param expand whether no part of the name was quoted
 */
record HeredocMarker(String name, boolean expand, boolean stripTabs) {

    private static final String ARROWS = "<<";

    /**
     * The markers of an instruction's logical line, in order. A line whose quotes or braces don't match has none; its
     * shell will judge it.
     */
    static List<HeredocMarker> in(Source source) {
        List<HeredocMarker> markers = new ArrayList<>();
        if (source.logicalLine().contains(ARROWS)) {
            for (String word : Expander.rawWords(source.logicalLine(), source.range())) {
                parse(word, source.range()).ifPresent(markers::add);
            }
        }
        return markers;
    }

    /**
     * The marker that a text consists of, if it does.
     *
     * @throws DockerfileException if it is one with a quote that isn't closed
     */
    static Optional<HeredocMarker> parse(String word, SourceRange range) {
        int position = 0;
        while (position < word.length() && word.charAt(position) >= '0' && word.charAt(position) <= '9') {
            position++;
        }
        if (!word.startsWith(ARROWS, position)) {
            return Optional.empty();
        }
        position += ARROWS.length();
        boolean stripTabs = word.startsWith("-", position);
        String name = WhiteSpace.stripLeading(word.substring(stripTabs ? position + 1 : position));
        if (name.indexOf('<') >= 0) {
            return Optional.empty();
        }
        return Expander.heredocName(name, range)
                .map(unquoted -> new HeredocMarker(unquoted.text(), !unquoted.quoted(), stripTabs));
    }

    /** Whether a line without its line break ends the here-document. */
    boolean isEndedBy(String line) {
        int start = 0;
        while (stripTabs && start < line.length() && line.charAt(start) == '\t') {
            start++;
        }
        return line.length() - start == name.length() && line.startsWith(name, start);
    }
}
