package io.metalimages.dockerfile.words;

import java.util.List;
import java.util.Set;

/**
 * What a word became.
 *
 * @param text all of it as one word
 * @param words its parts, split at white space that was neither quoted nor escaped, be it written or from a variable's
 *     value; none of them is empty
 * @param used the variables whose values were taken or examined
 * @param undefined the variables that became nothing because nobody defined them; one with a substitute, as in
 *     {@code ${V:-d}}, isn't among them
 */
public record Expansion(String text, List<String> words, Set<String> used, Set<String> undefined) {

    public Expansion {
        words = List.copyOf(words);
        used = Set.copyOf(used);
        undefined = Set.copyOf(undefined);
    }
}
