package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.ParserDirectives;
import io.metalimages.dockerfile.syntax.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sorts instructions into stages, in the order of the file. */
final class StageAssembler {

    private final String file;
    private final String text;
    private final List<Instruction.Arg> globalArguments = new ArrayList<>();
    private final List<OpenStage> stages = new ArrayList<>();
    private final Map<String, Instruction.From> byName = new HashMap<>();

    private record OpenStage(Instruction.From from, List<Instruction> instructions) {}

    StageAssembler(String file, String text) {
        this.file = file;
        this.text = text;
    }

    void add(Instruction instruction) {
        switch (instruction) {
            case Instruction.From from -> open(from);
            case Instruction.Arg arg when stages.isEmpty() -> globalArguments.add(arg);
            default -> currentStage(instruction).instructions().add(instruction);
        }
    }

    private void open(Instruction.From from) {
        from.name().ifPresent(name -> requireNew(name, from));
        stages.add(new OpenStage(from, new ArrayList<>()));
    }

    private void requireNew(String name, Instruction.From from) {
        Instruction.From first = byName.putIfAbsent(name, from);
        if (first != null) {
            throw new DockerfileException(
                    from.source().range(),
                    "The stage name " + Excerpt.of(name) + " is taken: "
                            + first.source().range() + " has it already.",
                    "Give one of the two stages another name.");
        }
    }

    private OpenStage currentStage(Instruction instruction) {
        if (stages.isEmpty()) {
            throw new DockerfileException(
                    instruction.source().range(),
                    "There is an instruction before the first FROM.",
                    "Begin with FROM and an image; only ARG may stand before it.");
        }
        return stages.getLast();
    }

    Dockerfile assemble(ParserDirectives directives) {
        if (stages.isEmpty()) {
            throw new DockerfileException(
                    SourceRange.line(file, 1),
                    "The file has no FROM.",
                    "Add a line such as FROM debian:bookworm, which names the image to start from.");
        }
        List<Stage> numbered = new ArrayList<>();
        for (OpenStage stage : stages) {
            numbered.add(new Stage(numbered.size(), stage.from(), stage.instructions()));
        }
        return new Dockerfile(file, text, directives, globalArguments, numbered);
    }
}
