package io.metalimages.build.lint;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a {@code # check=…} directive says: {@code skip=NAME,…}, {@code experimental=NAME,…}, {@code error=true}, separated by
 * semicolons; {@code all} stands for all names. Names that no rule has mean nothing here: other programs may know them.
 *
 * @param failing whether findings are errors
 */
record LintOptions(Set<String> skipped, Set<String> experimental, boolean failing) {

    static final LintOptions USUAL = new LintOptions(Set.of(), Set.of(), false);

    private static final String ALL = "all";
    private static final String HOW = "Write, for example: # check=skip=JSONArgsRecommended;error=true";

    LintOptions {
        skipped = Set.copyOf(skipped);
        experimental = Set.copyOf(experimental);
    }

    /**
     * Reads the value of a directive.
     *
     * @param range where it stands, for messages
     * @throws DockerfileException if it is not of that form
     */
    static LintOptions parse(String text, SourceRange range) {
        Set<String> skipped = Set.of();
        Set<String> experimental = Set.of();
        boolean failing = false;
        for (String option : text.strip().split(";", -1)) {
            int equals = option.indexOf('=');
            String value = option.substring(equals + 1).strip();
            switch (equals < 0 ? "" : option.substring(0, equals).strip()) {
                case "skip" -> skipped = names(value);
                case "experimental" -> experimental = names(value);
                case "error" -> failing = truth(value, range);
                default ->
                    throw new DockerfileException(
                            range, Excerpt.of(option.strip()) + " is no option of the directive check.", HOW);
            }
        }
        return new LintOptions(skipped, experimental, failing);
    }

    private static Set<String> names(String value) {
        Set<String> names = new HashSet<>();
        for (String name : value.split(",", -1)) {
            names.add(name.strip());
        }
        return names;
    }

    private static boolean truth(String value, SourceRange range) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "1", "t", "true" -> true;
            case "0", "f", "false" -> false;
            default ->
                throw new DockerfileException(
                        range, "error is either true or false, not " + Excerpt.of(value) + ".", HOW);
        };
    }

    /** These, and what {@code further} asks for besides; whether findings are errors is a matter of the whole file. */
    LintOptions with(LintOptions further) {
        return new LintOptions(union(skipped, further.skipped), union(experimental, further.experimental), failing);
    }

    private static Set<String> union(Set<String> one, Set<String> other) {
        Set<String> union = new HashSet<>(one);
        union.addAll(other);
        return union;
    }

    boolean wants(LintRule rule) {
        return rule.experimental() ? has(experimental, rule) : !has(skipped, rule);
    }

    private static boolean has(Set<String> names, LintRule rule) {
        return names.contains(ALL) || names.contains(rule.id());
    }
}
