package io.metalimages.dockerfile;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** The word that somebody probably meant. */
public final class Suggestion {

    private static final int LONGEST_WORD = 32;

    private Suggestion() {}

    /** "Did you mean …?" if a candidate is near, whatever the case, and a list of all candidates otherwise. */
    public static String hint(String word, Collection<String> candidates) {
        return to(word, candidates)
                .map(candidate -> "Did you mean " + candidate + "?")
                .orElseGet(() ->
                        candidates.isEmpty() ? "Leave it out." : "Use one of " + String.join(", ", candidates) + ".");
    }

    /** The candidate with the fewest letters changed, if these are no more than a third of the longer word. */
    public static Optional<String> to(String word, Collection<String> candidates) {
        if (word.length() > LONGEST_WORD) {
            return Optional.empty();
        }
        String wanted = word.toLowerCase(Locale.ROOT);
        Optional<String> nearest = Optional.empty();
        int least = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            int changes = changes(wanted, candidate.toLowerCase(Locale.ROOT));
            int allowed = Math.max(1, Math.max(wanted.length(), candidate.length()) / 3);
            if (changes <= allowed && changes < least) {
                least = changes;
                nearest = Optional.of(candidate);
            }
        }
        return nearest;
    }

    /** How many letters are to be inserted, removed, replaced or swapped with their neighbour (V. I. Levenshtein, 1965). */
    private static int changes(String from, String to) {
        int[][] distance = new int[from.length() + 1][to.length() + 1];
        for (int row = 0; row <= from.length(); row++) {
            for (int column = 0; column <= to.length(); column++) {
                distance[row][column] = row == 0 || column == 0
                        ? row + column
                        : Math.min(
                                Math.min(distance[row - 1][column], distance[row][column - 1]) + 1,
                                distance[row - 1][column - 1]
                                        + (from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1));
                if (isSwap(from, row, to, column)) {
                    distance[row][column] = Math.min(distance[row][column], distance[row - 2][column - 2] + 1);
                }
            }
        }
        return distance[from.length()][to.length()];
    }

    private static boolean isSwap(String from, int row, String to, int column) {
        return row > 1
                && column > 1
                && from.charAt(row - 1) == to.charAt(column - 2)
                && from.charAt(row - 2) == to.charAt(column - 1);
    }
}
