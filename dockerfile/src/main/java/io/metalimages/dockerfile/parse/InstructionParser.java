package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.WhiteSpace;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Instruction;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Makes an instruction of a statement, if its parts make sense together. */
final class InstructionParser {

    private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9-_.]*+");

    private InstructionParser() {}

    static Instruction parse(Statement statement) {
        Flags flags = Flags.of(statement);
        return switch (statement.keyword()) {
            case ADD -> TransferParser.add(statement, flags);
            case ARG -> arg(statement);
            case CMD -> new Instruction.Cmd(statement.source(), clearableCommand(statement));
            case COPY -> TransferParser.copy(statement, flags);
            case ENTRYPOINT -> new Instruction.Entrypoint(statement.source(), clearableCommand(statement));
            case ENV -> new Instruction.Env(statement.source(), assignments(statement));
            case EXPOSE -> new Instruction.Expose(statement.source(), words(statement, "a port, such as 8080/tcp"));
            case FROM -> from(statement, flags);
            case HEALTHCHECK -> HealthCheckParser.parse(statement, flags);
            case LABEL -> new Instruction.Label(statement.source(), assignments(statement));
            case MAINTAINER -> new Instruction.Maintainer(statement.source(), text(statement, "a name"));
            case ONBUILD -> onBuild(statement);
            case RUN -> RunParser.parse(statement, flags);
            case SHELL -> shell(statement);
            case STOPSIGNAL ->
                new Instruction.StopSignal(statement.source(), text(statement, "a signal, such as SIGTERM"));
            case USER -> new Instruction.User(statement.source(), text(statement, "a user, such as root:root"));
            case VOLUME -> volume(statement);
            case WORKDIR -> new Instruction.Workdir(statement.source(), text(statement, "a directory"));
        };
    }

    private static Instruction from(Statement statement, Flags flags) {
        List<String> words = words(statement, "an image, such as debian:bookworm");
        return new Instruction.From(
                statement.source(), words.getFirst(), flags.filledText(Flag.PLATFORM), stageName(words, statement));
    }

    private static Optional<String> stageName(List<String> words, Statement statement) {
        if (words.size() == 1) {
            return Optional.empty();
        }
        if (words.size() != 3 || !words.get(1).equalsIgnoreCase("as")) {
            throw statement.fault(
                    "FROM takes an image, or an image, AS and a name, but not " + Excerpt.of(String.join(" ", words))
                            + ".",
                    "Write FROM IMAGE or FROM IMAGE AS NAME.");
        }
        String name = words.get(2).toLowerCase(Locale.ROOT);
        if (!STAGE_NAME.matcher(name).matches()) {
            throw statement.fault(
                    "A stage can't be called " + Excerpt.of(words.get(2)) + ".",
                    "Begin the name with a letter, and use only letters, digits, - _ and . in it.");
        }
        return Optional.of(name);
    }

    private static Instruction arg(Statement statement) {
        List<Instruction.Arg.Declaration> declarations = words(statement, "a name").stream()
                .map(word -> declaration(word, statement))
                .toList();
        return new Instruction.Arg(statement.source(), declarations);
    }

    private static Instruction.Arg.Declaration declaration(String word, Statement statement) {
        int equals = word.indexOf('=');
        if (equals < 0) {
            return new Instruction.Arg.Declaration(word, Optional.empty());
        }
        requireName(word.substring(0, equals), statement);
        return new Instruction.Arg.Declaration(word.substring(0, equals), Optional.of(word.substring(equals + 1)));
    }

    private static List<Instruction.Assignment> assignments(Statement statement) {
        if (!(statement.arguments() instanceof Arguments.Assignments given)) {
            throw missing(statement, "a name and a value, such as NAME=VALUE");
        }
        given.assignments().forEach(assignment -> requireName(assignment.name(), statement));
        return given.assignments();
    }

    private static void requireName(String name, Statement statement) {
        if (name.isEmpty()) {
            throw statement.fault("There is no name before the =.", "Write NAME=VALUE, without blanks around the =.");
        }
    }

    private static Instruction volume(Statement statement) {
        List<String> paths =
                words(statement, "a directory").stream().map(WhiteSpace::strip).toList();
        if (paths.contains("")) {
            throw statement.fault("VOLUME names a directory without a name.", "Take out the empty string.");
        }
        return new Instruction.Volume(statement.source(), paths);
    }

    private static Instruction shell(Statement statement) {
        return switch (statement.arguments()) {
            case Arguments.Json(List<String> elements)
            when !elements.isEmpty() -> new Instruction.Shell(statement.source(), elements);
            case Arguments.Json _, Arguments.Nothing _ ->
                throw missing(statement, "a shell, such as [\"/bin/sh\", \"-c\"]");
            default ->
                throw statement.fault(
                        "SHELL takes a JSON array of strings.",
                        "Write, for example, SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"].");
        };
    }

    private static Instruction onBuild(Statement statement) {
        if (!(statement.arguments() instanceof Arguments.Trigger(Statement trigger))) {
            throw missing(statement, "an instruction");
        }
        requireTrigger(trigger);
        return new Instruction.OnBuild(statement.source(), parse(trigger));
    }

    /** @throws DockerfileException if the statement can't be left to a later build */
    static void requireTrigger(Statement statement) {
        Keyword keyword = statement.keyword();
        if (keyword == Keyword.FROM || keyword == Keyword.MAINTAINER || keyword == Keyword.ONBUILD) {
            throw statement.fault(
                    keyword + " can't be the trigger of ONBUILD.",
                    "Leave the line to the Dockerfile that starts from this image.");
        }
    }

    /** A command that is there. */
    static Command command(Statement statement, Arguments arguments) {
        return switch (arguments) {
            case Arguments.Json(List<String> elements) when !elements.isEmpty() -> new Command.Exec(elements);
            case Arguments.Text(String text) -> new Command.Shell(text, statement.heredocs());
            default -> throw missing(statement, "a command");
        };
    }

    private static Command clearableCommand(Statement statement) {
        if (statement.arguments() instanceof Arguments.Json(List<String> elements)) {
            return new Command.Exec(elements);
        }
        return command(statement, statement.arguments());
    }

    private static String text(Statement statement, String wanted) {
        if (statement.arguments() instanceof Arguments.Text(String text)) {
            return text;
        }
        throw missing(statement, wanted);
    }

    /** Words or JSON strings, at least one. */
    static List<String> words(Statement statement, String wanted) {
        return switch (statement.arguments()) {
            case Arguments.Words(List<String> words) when !words.isEmpty() -> words;
            case Arguments.Json(List<String> elements) when !elements.isEmpty() -> elements;
            default -> throw missing(statement, wanted);
        };
    }

    private static DockerfileException missing(Statement statement, String wanted) {
        return statement.fault(
                statement.keyword() + " lacks " + wanted + ".",
                "Put it after " + statement.keyword() + ", on the same line.");
    }
}
