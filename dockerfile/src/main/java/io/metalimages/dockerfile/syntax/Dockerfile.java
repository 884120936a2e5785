package io.metalimages.dockerfile.syntax;

import java.util.List;
import java.util.Optional;

/**
 * A Dockerfile as a syntax tree.
 *
 * @param file the file's name, as the parser was told it
 * @param text what it was read from
 * @param globalArguments what stands before the first {@code FROM}
 * @param stages at least one; no two have the same name
 */
public record Dockerfile(
        String file,
        String text,
        ParserDirectives directives,
        List<Instruction.Arg> globalArguments,
        List<Stage> stages) {

    private static final int LONGEST_INDEX = 9;

    public Dockerfile {
        globalArguments = List.copyOf(globalArguments);
        stages = List.copyOf(stages);
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
