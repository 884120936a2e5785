package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.Suggestion;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Parses {@code RUN}. */
final class RunParser {

    private RunParser() {}

    static Instruction parse(Statement statement, Flags flags) {
        List<String> mounts = flags.all(Flag.MOUNT);
        mounts.forEach(mount -> MountParser.check(mount, statement.source().range()));
        return new Instruction.Run(
                statement.source(),
                command(statement),
                mounts,
                choice(flags, Flag.NETWORK, Instruction.Run.Network.class, Instruction.Run.Network.DEFAULT, statement),
                choice(
                        flags,
                        Flag.SECURITY,
                        Instruction.Run.Security.class,
                        Instruction.Run.Security.SANDBOX,
                        statement),
                flags.all(Flag.DEVICE).stream()
                        .map(device -> device(device, statement))
                        .toList());
    }

    private static Command command(Statement statement) {
        Command command = InstructionParser.command(statement, statement.arguments());
        if (command instanceof Command.Shell(String line, List<Heredoc> heredocs)
                && heredocs.size() == 1
                && HeredocMarker.parse(line, statement.source().range()).isPresent()) {
            return new Command.Script(heredocs.getFirst());
        }
        return command;
    }

    private static <E extends Enum<E>> E choice(
            Flags flags, Flag flag, Class<E> type, E otherwise, Statement statement) {
        Optional<String> value = flags.text(flag);
        if (value.isEmpty()) {
            return otherwise;
        }
        List<E> constants = List.of(type.getEnumConstants());
        return constants.stream()
                .filter(constant -> spelling(constant).equals(value.get()))
                .findFirst()
                .orElseThrow(() -> statement.fault(
                        flag.spelling() + " can't be " + Excerpt.of(value.get()) + ".",
                        Suggestion.hint(
                                value.get(),
                                constants.stream().map(RunParser::spelling).toList())));
    }

    private static String spelling(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** A name, or {@code name=…}, with {@code required} or {@code required=…}. */
    private static Instruction.Run.Device device(String text, Statement statement) {
        Optional<String> name = Optional.empty();
        boolean required = false;
        for (String field : CommaSeparated.fields(text, statement.source().range())) {
            KeyAndValue parts = KeyAndValue.of(field);
            if (parts.key().equals("required")) {
                required = parts.truth(statement.source().range());
            } else if (name.isEmpty()) {
                name = Optional.of(parts.key().equals("name") ? parts.value().orElse("") : field);
            } else {
                throw statement.fault(
                        "The device has a name and also " + Excerpt.of(field) + ".",
                        Suggestion.hint(parts.key(), Arrays.asList("name", "required")));
            }
        }
        return new Instruction.Run.Device(
                name.filter(given -> !given.isEmpty())
                        .orElseThrow(() -> statement.fault(
                                "The device has no name.",
                                "Write --device=VENDOR/CLASS=NAME, or --device=VENDOR/CLASS.")),
                required);
    }
}
