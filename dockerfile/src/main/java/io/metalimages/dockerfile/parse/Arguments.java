package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.syntax.Instruction;
import java.util.List;

/** What follows the keyword and flags of a statement, split but not yet judged. */
sealed interface Arguments {

    record Nothing() implements Arguments {}

    record Text(String text) implements Arguments {}

    record Words(List<String> words) implements Arguments {}

    record Json(List<String> elements) implements Arguments {}

    /**
     * Names and values.
     *
     * @param separatedByBlank whether it is the old form, {@code name value}
     */
    record Assignments(List<Instruction.Assignment> assignments, boolean separatedByBlank) implements Arguments {}

    record Check(String type, Arguments command) implements Arguments {}

    record Trigger(Statement statement) implements Arguments {}
}
