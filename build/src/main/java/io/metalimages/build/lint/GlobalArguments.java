package io.metalimages.build.lint;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.words.Expansion;
import io.metalimages.dockerfile.words.WordExpander;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What may be used in {@code FROM}: the predefined arguments, and those that are declared above the first stage. */
final class GlobalArguments {

    private final Dockerfile dockerfile;
    private final Map<String, String> values;
    private final Map<String, String> defaults;
    private final Set<String> names;

    GlobalArguments(Dockerfile dockerfile, LintContext context) {
        this.dockerfile = dockerfile;
        this.values = values(dockerfile, context.predefined(), context.buildArguments());
        this.defaults = values(dockerfile, context.predefined(), Map.of());
        this.names = new HashSet<>(context.predefined().keySet());
        dockerfile.globalArguments().stream()
                .flatMap(arg -> arg.declarations().stream())
                .forEach(declaration -> names.add(declaration.name()));
    }

    private static Map<String, String> values(
            Dockerfile dockerfile, Map<String, String> predefined, Map<String, String> given) {
        Map<String, String> values = new HashMap<>(predefined);
        values.replaceAll((name, value) -> given.getOrDefault(name, value));
        for (Instruction.Arg arg : dockerfile.globalArguments()) {
            for (Instruction.Arg.Declaration declaration : arg.declarations()) {
                Optional.ofNullable(given.get(declaration.name()))
                        .or(() -> declaration
                                .defaultValue()
                                .flatMap(word -> expand(word, values, dockerfile, arg))
                                .map(Expansion::text))
                        .ifPresent(value -> values.put(declaration.name(), value));
            }
        }
        return values;
    }

    /** Empty if the word is wrong, which the build will say. */
    static Optional<Expansion> expand(
            String word, Map<String, String> values, Dockerfile dockerfile, Instruction instruction) {
        try {
            return Optional.of(
                    new WordExpander(dockerfile.directives().escape(), name -> Optional.ofNullable(values.get(name)))
                            .expand(word, instruction.source().range()));
        } catch (DockerfileException wrong) {
            return Optional.empty();
        }
    }

    boolean isDeclared(String name) {
        return names.contains(name);
    }

    Set<String> names() {
        return names;
    }

    Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    Optional<Expansion> expand(String word, Instruction.From from) {
        return expand(word, values, dockerfile, from);
    }

    /** As if the build was given no arguments. */
    Optional<Expansion> expandDefaults(String word, Instruction.From from) {
        return expand(word, defaults, dockerfile, from);
    }

    /** The stage that another one starts from; empty if it starts from an image. */
    Optional<Stage> parent(Stage stage) {
        return base(stage).flatMap(dockerfile::stage).filter(parent -> parent.index() < stage.index());
    }

    /** The name of what a stage starts from. */
    Optional<String> base(Stage stage) {
        return expand(stage.from().image(), stage.from()).map(Expansion::text);
    }
}
