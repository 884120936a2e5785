package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.Suggestion;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The flags of one statement, checked against what its keyword knows. */
final class Flags {

    private final Map<Flag, List<String>> values = new EnumMap<>(Flag.class);

    private Flags() {}

    static Flags of(Statement statement) {
        Flags flags = new Flags();
        for (String word : statement.flags()) {
            flags.add(word, statement);
        }
        return flags;
    }

    private void add(String word, Statement statement) {
        int equals = word.indexOf('=');
        String spelling = equals < 0 ? word : word.substring(0, equals);
        Optional<String> value = equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1));
        Flag flag = known(spelling, statement);
        List<String> given = values.computeIfAbsent(flag, absent -> new ArrayList<>());
        if (flag.kind() != Flag.Kind.LIST && !given.isEmpty()) {
            throw statement.fault("The flag " + spelling + " is given twice.", "Keep one of the two.");
        }
        given.add(
                switch (flag.kind()) {
                    case TEXT, LIST ->
                        value.orElseThrow(() -> statement.fault(
                                "The flag " + spelling + " has no value.", "Write " + spelling + "=VALUE."));
                    case SWITCH -> truth(spelling, value, statement);
                });
    }

    private static Flag known(String spelling, Statement statement) {
        List<Flag> known = statement.keyword().flags();
        return known.stream()
                .filter(flag -> flag.spelling().equals(spelling))
                .findFirst()
                .orElseThrow(() -> statement.fault(
                        statement.keyword() + " has no flag " + Excerpt.of(spelling) + ".",
                        Suggestion.hint(
                                spelling, known.stream().map(Flag::spelling).toList())));
    }

    private static String truth(String spelling, Optional<String> value, Statement statement) {
        if (value.isEmpty() || value.get().equalsIgnoreCase("true")) {
            return "true";
        }
        if (value.get().equalsIgnoreCase("false")) {
            return "false";
        }
        throw statement.fault(
                "The flag " + spelling + " is either on or off, not " + Excerpt.of(value.get()) + ".",
                "Write " + spelling + " or " + spelling + "=false.");
    }

    Optional<String> text(Flag flag) {
        return all(flag).stream().findFirst();
    }

    /** As {@link #text}, but an empty value counts as none. */
    Optional<String> filledText(Flag flag) {
        return text(flag).filter(value -> !value.isEmpty());
    }

    Optional<Boolean> choice(Flag flag) {
        return text(flag).map(Boolean::valueOf);
    }

    boolean isOn(Flag flag) {
        return choice(flag).orElse(false);
    }

    List<String> all(Flag flag) {
        return values.getOrDefault(flag, List.of());
    }
}
