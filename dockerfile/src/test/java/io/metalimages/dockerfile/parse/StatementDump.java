package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.syntax.Instruction;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes statements as the conformance files have them: a list in parentheses for each, strings as Go quotes them. */
final class StatementDump {

    private StatementDump() {}

    static String of(List<Statement> statements) {
        return statements.stream().map(statement -> "(" + of(statement) + ")\n").collect(Collectors.joining());
    }

    private static String of(Statement statement) {
        String keyword = statement.keyword().name().toLowerCase(Locale.ROOT);
        String flags = statement.flags().isEmpty()
                ? ""
                : statement.flags().stream().map(StatementDump::quote).collect(Collectors.joining(" ", " [", "]"));
        return keyword + flags + of(statement.arguments());
    }

    private static String of(Arguments arguments) {
        return switch (arguments) {
            case Arguments.Nothing nothing -> "";
            case Arguments.Text(String text) -> strings(List.of(text));
            case Arguments.Words(List<String> words) -> strings(words);
            case Arguments.Json(List<String> elements) -> strings(elements);
            case Arguments.Assignments(List<Instruction.Assignment> assignments, boolean separatedByBlank) ->
                assignments.stream()
                        .map(assignment ->
                                strings(List.of(assignment.name(), assignment.value(), separatedByBlank ? "" : "=")))
                        .collect(Collectors.joining());
            case Arguments.Check(String type, Arguments command) -> strings(List.of(type)) + of(command);
            case Arguments.Trigger(Statement statement) -> " (" + of(statement) + ")";
        };
    }

    private static String strings(List<String> strings) {
        return strings.stream().map(string -> " " + quote(string)).collect(Collectors.joining());
    }

    private static String quote(String string) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int position = 0; position < string.length(); position++) {
            char character = string.charAt(position);
            switch (character) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> quoted.append(character < ' ' ? "\\x%02x".formatted((int) character) : character);
            }
        }
        return quoted.append('"').toString();
    }
}
