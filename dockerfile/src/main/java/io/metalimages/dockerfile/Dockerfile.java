package io.metalimages.dockerfile;

import java.util.List;
import java.util.Optional;

/**
 * A Dockerfile as a syntax tree.
 *
 * @param file the file's name, as the parser was told it
 * @param globalArguments what stands before the first {@code FROM}
 * @param stages at least one; no two have the same name
 */
public record Dockerfile(
        String file, ParserDirectives directives, List<Instruction.Arg> globalArguments, List<Stage> stages) {

    private static final int LONGEST_INDEX = 9;

    public Dockerfile {
        globalArguments = List.copyOf(globalArguments);
        stages = List.copyOf(stages);
    }

    /**
     * Reads a whole Dockerfile.
     *
     * @param file its name, for messages
     * @param text its text; a byte order mark and Windows line ends are accepted
     * @throws DockerfileException if the text is not a Dockerfile; the first fault is reported
     */
    public static Dockerfile parse(String file, String text) {
        StatementReader reader = new StatementReader(file, text);
        StageAssembler assembler = new StageAssembler(file);
        for (Statement statement : reader.statements()) {
            assembler.add(InstructionParser.parse(statement));
        }
        return assembler.assemble(reader.directives());
    }

    /**
     * Reads one instruction that an image left to the builds that start from it.
     *
     * @param origin what to call the text in messages, say, the name of the image
     * @param text the instruction as {@link Instruction.OnBuild} had it
     * @throws DockerfileException if the text is not exactly one instruction, or one that can't be a trigger
     */
    public static Instruction parseTrigger(String origin, String text) {
        List<Statement> statements = new StatementReader(origin, text).statements();
        if (statements.size() != 1) {
            throw new DockerfileException(
                    SourceRange.line(origin, 1),
                    "An ONBUILD trigger is one instruction, but there are " + statements.size() + ".",
                    "Build the base image anew with one ONBUILD for each instruction.");
        }
        InstructionParser.requireTrigger(statements.getFirst());
        return InstructionParser.parse(statements.getFirst());
    }

    /** The stage that {@code reference} names: its name, whatever the case, or its index in decimal digits. */
    public Optional<Stage> stage(String reference) {
        if (isIndex(reference)) {
            int index = Integer.parseInt(reference);
            return index < stages.size() ? Optional.of(stages.get(index)) : Optional.empty();
        }
        return stages.stream()
                .filter(stage ->
                        stage.name().filter(reference::equalsIgnoreCase).isPresent())
                .findFirst();
    }

    private static boolean isIndex(String reference) {
        return !reference.isEmpty()
                && reference.length() <= LONGEST_INDEX
                && reference.chars().allMatch(character -> character >= '0' && character <= '9');
    }
}
