package io.metalimages.dockerfile.syntax;

import java.util.List;
import java.util.Optional;

/**
 * What stands from one {@code FROM} to the next.
 *
 * @param index the stage's place in the file, counted from 0
 * @param from the instruction that opens the stage
 * @param instructions what follows it, in order, without any further {@code FROM}
 */
public record Stage(int index, Instruction.From from, List<Instruction> instructions) {

    public Stage {
        instructions = List.copyOf(instructions);
    }

    /** The name that {@code AS} gives to the stage, in lower case. */
    public Optional<String> name() {
        return from.name();
    }
}
