package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import java.util.List;

/** Reads Dockerfiles: from their text to the syntax tree. */
public final class DockerfileParser {

    private DockerfileParser() {}

    /**
     * Reads a whole Dockerfile.
     *
     * @param file its name, for messages
     * @param text its text; a byte order mark and Windows line ends are accepted
     * @throws DockerfileException if the text is not a Dockerfile; the first fault is reported
     */
    public static Dockerfile parse(String file, String text) {
        StatementReader reader = new StatementReader(file, text);
        StageAssembler assembler = new StageAssembler(file, text);
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
}
