package io.metalimages.supplychain.packages;

import io.metalimages.common.Digest;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a package says of its licence.
 *
 * @param expression as in SPDX 2.3, annex D: {@code (GPL-2.0-or-later OR MIT) AND LicenseRef-UMich-0a1b2c3d}
 * @param others the licences that are not in SPDX's list, by the names that the expression gives them
 */
public record DeclaredLicense(String expression, SortedMap<String, OtherLicense> others) {

    private static final int LONGEST_NAME = 60;
    private static final int MOST_WORDS = 4;
    private static final int MOST_WORDS_WITH_EXCEPTION = 7;
    private static final int LONGEST_TEXT = 1 << 16;
    private static final int DIGEST_DIGITS = 8;
    private static final String UNNAMED = "unnamed";

    private static final String AND_IN_SPDX = " AND ";

    private static final Pattern COMMA_AND = Pattern.compile(",\\s*and\\s+", Pattern.CASE_INSENSITIVE);
    private static final Pattern COMMA_OR = Pattern.compile(",\\s*or\\s+", Pattern.CASE_INSENSITIVE);
    private static final Pattern OR = Pattern.compile("\\s+or\\s+", Pattern.CASE_INSENSITIVE);
    private static final Pattern AND = Pattern.compile("\\s+and\\s+", Pattern.CASE_INSENSITIVE);
    private static final Pattern BETWEEN_NAMES = Pattern.compile(",?\\s(?:and|or)\\s", Pattern.CASE_INSENSITIVE);
    private static final Pattern UNFIT = Pattern.compile("[^a-zA-Z0-9.]+");

    /**
     * A licence that is not in SPDX's list.
     *
     * @param name what the package calls it
     * @param text what it says, or that nobody knows
     */
    public record OtherLicense(String name, String text) {}

    public DeclaredLicense {
        others = Collections.unmodifiableSortedMap(new TreeMap<>(others));
    }

    /**
     * All of the licences of a package's parts: nobody knows here which part went into which file. In a synopsis "and" binds
     * more than "or", and a comma before one of them makes it bind less.
     *
     * @param synopses as in the field License of a machine-readable copyright file, its first line
     * @param texts of licences by their names, as far as they are there
     */
    static DeclaredLicense of(List<String> synopses, SortedMap<String, String> texts) {
        SortedMap<String, OtherLicense> others = new TreeMap<>();
        Set<String> conjuncts = new LinkedHashSet<>();
        for (String synopsis : synopses) {
            if (isProse(synopsis)) {
                conjuncts.add(term(synopsis.strip(), texts, others));
            } else {
                COMMA_AND.splitAsStream(synopsis.strip()).forEach(conjunct -> {
                    List<String> alternatives = Stream.of(COMMA_OR.split(conjunct))
                            .flatMap(OR::splitAsStream)
                            .map(alternative -> all(alternative, texts, others))
                            .distinct()
                            .toList();
                    conjuncts.add(alternatives.size() == 1 ? alternatives.getFirst() : parenthesized(alternatives));
                });
            }
        }
        String expression = String.join(AND_IN_SPDX, conjuncts);
        return new DeclaredLicense(
                conjuncts.size() == 1 && expression.startsWith("(")
                        ? expression.substring(1, expression.length() - 1)
                        : expression,
                others);
    }

    private static String all(String names, SortedMap<String, String> texts, SortedMap<String, OtherLicense> others) {
        return AND.splitAsStream(names)
                .map(name -> term(name.strip(), texts, others))
                .distinct()
                .collect(Collectors.joining(AND_IN_SPDX));
    }

    private static String parenthesized(List<String> alternatives) {
        return alternatives.stream()
                .map(alternative -> alternative.contains(AND_IN_SPDX) ? "(" + alternative + ")" : alternative)
                .collect(Collectors.joining(" OR ", "(", ")"));
    }

    private static String term(String name, SortedMap<String, String> texts, SortedMap<String, OtherLicense> others) {
        return LicenseName.toSpdx(name).orElseGet(() -> {
            boolean named = !name.isEmpty() && !isProse(name);
            String text = texts.getOrDefault(name, named ? "" : name);
            OtherLicense other = new OtherLicense(
                    named ? name : UNNAMED,
                    text.isEmpty() ? "The package calls it " + name + " and does not have its text." : shortened(text));
            String reference = "LicenseRef-" + UNFIT.matcher(other.name()).replaceAll("-") + "-"
                    + Digest.of(other.name() + "\n" + other.text()).hex().substring(0, DIGEST_DIGITS);
            others.put(reference, other);
            return reference;
        });
    }

    /** Some write the licence where its name should be. */
    private static boolean isProse(String synopsis) {
        return Stream.of(BETWEEN_NAMES.split(synopsis))
                .anyMatch(name -> name.contains(",")
                        || name.length() > LONGEST_NAME
                        || name.split("\\s+").length
                                > (name.contains(" with ") ? MOST_WORDS_WITH_EXCEPTION : MOST_WORDS));
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "\n(cut off here)";
    }
}
