package io.metalimages.build.definition;

import io.metalimages.common.FaultException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The variables of a {@code docker-make.yaml}: {@code $V}, {@code ${V}}, {@code ${V-default}}, {@code ${V:-default}},
 * {@code ${V:=default}}, {@code ${V?message}} and {@code $$} for a dollar sign. A value is never looked at again, so that
 * what it holds can break nothing.
 */
final class Variables {

    private static final Pattern REFERENCE =
            Pattern.compile("\\$(?:(?<dollar>\\$)|(?<plain>[A-Za-z_][A-Za-z0-9_]*)|\\{(?<name>[A-Za-z_][A-Za-z0-9_]*)"
                    + "(?:(?<operator>:-|:=|:\\?|-|\\?)(?<word>[^}]*))?})");

    private final Function<String, Optional<String>> outer;
    private final Optional<Consumer<String>> unset;
    private final Map<String, String> defined = new HashMap<>();

    /** Variables of which none may be missing. */
    Variables(Function<String, Optional<String>> outer) {
        this(outer, Optional.empty());
    }

    /** @param unset is told of each variable that is not set, and then counts as empty; otherwise that is a fault */
    Variables(Function<String, Optional<String>> outer, Optional<Consumer<String>> unset) {
        this.outer = outer;
        this.unset = unset;
    }

    /** Variables that start out like these and don't change them. */
    Variables copy() {
        Variables copy = new Variables(outer, unset);
        copy.defined.putAll(defined);
        return copy;
    }

    void define(String name, String value) {
        defined.put(name, value);
    }

    private Optional<String> value(String name) {
        return Optional.ofNullable(defined.get(name)).or(() -> outer.apply(name));
    }

    /**
     * The text with every reference replaced.
     *
     * @param place where the text stands, for messages
     * @throws FaultException if a variable without a default is not set
     */
    String replace(String text, String place) {
        Matcher matcher = REFERENCE.matcher(text);
        StringBuilder replaced = new StringBuilder();
        while (matcher.find()) {
            matcher.appendReplacement(replaced, Matcher.quoteReplacement(replacement(matcher, place)));
        }
        return matcher.appendTail(replaced).toString();
    }

    /**
     * The text with every reference replaced, but for those to variables that are not set: a shell will read it, which has
     * variables of its own.
     *
     * @param place where the text stands, for messages
     * @throws FaultException if a variable that has to be set is not
     */
    String replaceSet(String text, String place) {
        Matcher matcher = REFERENCE.matcher(text);
        StringBuilder replaced = new StringBuilder();
        while (matcher.find()) {
            String plain = matcher.group("plain");
            String name = plain == null ? matcher.group("name") : plain;
            boolean ofTheShell = name == null
                    || (matcher.group("operator") == null && value(name).isEmpty());
            matcher.appendReplacement(
                    replaced, Matcher.quoteReplacement(ofTheShell ? matcher.group() : replacement(matcher, place)));
        }
        return matcher.appendTail(replaced).toString();
    }

    /** Everything that was defined, by name. */
    Map<String, String> defined() {
        return Map.copyOf(defined);
    }

    private String replacement(Matcher matcher, String place) {
        if (matcher.group("dollar") != null) {
            return "$";
        }
        String plain = matcher.group("plain");
        String name = plain == null ? String.valueOf(matcher.group("name")) : plain;
        String operator = matcher.group("operator") == null ? "" : matcher.group("operator");
        String word = matcher.group("word") == null ? "" : matcher.group("word");
        Optional<String> value = operator.startsWith(":") ? value(name).filter(text -> !text.isEmpty()) : value(name);
        if (value.isPresent()) {
            return value.get();
        }
        return switch (operator) {
            case "-", ":-" -> word;
            case ":=" -> {
                define(name, word);
                yield word;
            }
            case "?", ":?" ->
                throw FaultException.wrongInput(
                        place + ": " + (word.isEmpty() ? "the variable " + name + " is not set." : word + "."),
                        "Set " + name + " in the environment.");
            default -> {
                if (unset.isEmpty()) {
                    throw FaultException.wrongInput(
                            place + ": the variable " + name + " is not set.",
                            "Set it in the environment, or give a default: ${" + name + ":-default}");
                }
                unset.get().accept(place + ": the variable " + name + " is not set, and taken for empty.");
                yield "";
            }
        };
    }
}
