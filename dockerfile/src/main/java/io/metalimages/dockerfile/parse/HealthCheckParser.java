package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.Suggestion;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Instruction;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Parses {@code HEALTHCHECK}. */
final class HealthCheckParser {

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private HealthCheckParser() {}

    static Instruction parse(Statement statement, Flags flags) {
        return new Instruction.HealthCheck(
                statement.source(),
                test(statement),
                time(flags, Flag.INTERVAL, statement),
                time(flags, Flag.TIMEOUT, statement),
                time(flags, Flag.START_PERIOD, statement),
                time(flags, Flag.START_INTERVAL, statement),
                retries(flags, statement));
    }

    private static Optional<Command> test(Statement statement) {
        if (!(statement.arguments() instanceof Arguments.Check(String type, Arguments command))) {
            throw statement.fault(
                    "HEALTHCHECK lacks a check.", "Write HEALTHCHECK CMD and a command, or HEALTHCHECK NONE.");
        }
        return switch (type.toUpperCase(Locale.ROOT)) {
            case "CMD" -> Optional.of(InstructionParser.command(statement, command));
            case "NONE" -> {
                if (!(command instanceof Arguments.Nothing)) {
                    throw statement.fault(
                            "HEALTHCHECK NONE has arguments.", "Take them out, or write CMD instead of NONE.");
                }
                yield Optional.empty();
            }
            default ->
                throw statement.fault(
                        "There is no health check of the type " + Excerpt.of(type) + ".",
                        Suggestion.hint(type, List.of("CMD", "NONE")));
        };
    }

    private static Optional<Duration> time(Flags flags, Flag flag, Statement statement) {
        return flags.filledText(flag).map(text -> {
            Duration time = DurationParser.parse(text)
                    .orElseThrow(() -> statement.fault(
                            flag.spelling() + " is no time: " + Excerpt.of(text) + ".",
                            "Write a number and a unit, such as 500ms, 30s or 1m30s."));
            if (!time.isZero() && time.compareTo(SHORTEST) < 0) {
                throw statement.fault(
                        flag.spelling() + " is shorter than a millisecond: " + Excerpt.of(text) + ".",
                        "Write at least 1ms, or 0s for the default.");
            }
            return time;
        });
    }

    private static OptionalInt retries(Flags flags, Statement statement) {
        Optional<String> text = flags.filledText(Flag.RETRIES);
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int retries = Integer.parseInt(text.get());
            if (retries >= 0) {
                return OptionalInt.of(retries);
            }
        } catch (NumberFormatException _) {
            // Said below, as for a negative number.
        }
        throw statement.fault(
                "--retries is not a number from 0 on: " + Excerpt.of(text.get()) + ".", "Write, say, --retries=3.");
    }
}
