package io.metalimages.build;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.parse.MountParser;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.MountSpecification;
import io.metalimages.dockerfile.syntax.Stage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a Dockerfile can be given, from its text alone: the arguments, secrets and agents of the stages that a target needs.
 *
 * @param target the stage's name; empty if it has none
 */
public record DockerfileOutline(
        Optional<String> target, List<Argument> arguments, List<Lent> secrets, List<Lent> agents) {

    public DockerfileOutline {
        arguments = List.copyOf(arguments);
        secrets = List.copyOf(secrets);
        agents = List.copyOf(agents);
    }

    /**
     * An {@code ARG}.
     *
     * @param value that the build is given, or else its default
     * @param description the comment above that begins with its name
     */
    public record Argument(String name, Optional<String> value, Optional<String> description) {}

    /** A secret or an agent. */
    public record Lent(String id, boolean required) {}

    /**
     * A stage that can be built.
     *
     * @param name empty if it has none
     * @param isDefault whether it is built if none is named
     */
    public record Target(Optional<String> name, String base, Optional<String> description, boolean isDefault) {}

    /** The stages of a definition's Dockerfile that can be named, and the last one. */
    public static List<Target> targets(Definition definition) throws IOException {
        Dockerfile dockerfile = ImageBuilder.parse(definition);
        List<Target> targets = new ArrayList<>();
        for (Stage stage : dockerfile.stages()) {
            boolean last = stage.index() == dockerfile.stages().size() - 1;
            if (last || stage.name().isPresent()) {
                targets.add(new Target(
                        stage.name(),
                        stage.from().image(),
                        stage.name().flatMap(name -> description(dockerfile, stage.from(), name)),
                        last));
            }
        }
        return targets;
    }

    /** The outline of a definition's target. */
    public static DockerfileOutline of(Definition definition) throws IOException {
        Dockerfile dockerfile = ImageBuilder.parse(definition);
        Stage target = definition
                .target()
                .flatMap(dockerfile::stage)
                .orElse(dockerfile.stages().getLast());
        Map<String, Argument> arguments = new LinkedHashMap<>();
        Map<String, Lent> secrets = new TreeMap<>();
        Map<String, Lent> agents = new TreeMap<>();
        dockerfile.globalArguments().forEach(arg -> add(arg, dockerfile, definition, arguments));
        for (Stage stage : needed(dockerfile, target)) {
            for (Instruction instruction : stage.instructions()) {
                switch (instruction) {
                    case Instruction.Arg arg -> add(arg, dockerfile, definition, arguments);
                    case Instruction.Run run -> run.mounts().forEach(mount -> add(mount, run, secrets, agents));
                    default -> {}
                }
            }
        }
        return new DockerfileOutline(
                target.name(),
                List.copyOf(arguments.values()),
                List.copyOf(secrets.values()),
                List.copyOf(agents.values()));
    }

    /** The stages that one starts from or copies from, in the order of the file. */
    private static List<Stage> needed(Dockerfile dockerfile, Stage target) {
        boolean[] needed = new boolean[dockerfile.stages().size()];
        Deque<Stage> remaining = new ArrayDeque<>(List.of(target));
        while (!remaining.isEmpty()) {
            Stage stage = remaining.pop();
            if (needed[stage.index()]) {
                continue;
            }
            needed[stage.index()] = true;
            List<String> names = new ArrayList<>(List.of(stage.from().image()));
            for (Instruction instruction : stage.instructions()) {
                switch (instruction) {
                    case Instruction.Copy copy -> copy.from().ifPresent(names::add);
                    case Instruction.Run run ->
                        run.mounts().forEach(mount -> {
                            for (String field : mount.split(",", -1)) {
                                if (field.startsWith("from=")) {
                                    names.add(field.substring("from=".length()));
                                }
                            }
                        });
                    default -> {}
                }
            }
            names.forEach(name -> dockerfile
                    .stage(name)
                    .filter(source -> source.index() < stage.index())
                    .ifPresent(remaining::push));
        }
        return dockerfile.stages().stream()
                .filter(stage -> needed[stage.index()])
                .toList();
    }

    private static void add(
            Instruction.Arg arg, Dockerfile dockerfile, Definition definition, Map<String, Argument> arguments) {
        for (Instruction.Arg.Declaration declaration : arg.declarations()) {
            String name = declaration.name();
            Optional<String> value = Optional.ofNullable(
                            definition.buildArguments().get(name))
                    .or(declaration::defaultValue)
                    .or(() -> Optional.ofNullable(arguments.get(name)).flatMap(Argument::value));
            Optional<String> description = description(dockerfile, arg, name)
                    .or(() -> Optional.ofNullable(arguments.get(name)).flatMap(Argument::description));
            arguments.put(name, new Argument(name, value, description));
        }
    }

    /** A mount whose variables make it no mount is left out: its values are known only while building. */
    private static void add(String mount, Instruction.Run run, Map<String, Lent> secrets, Map<String, Lent> agents) {
        try {
            switch (MountParser.parse(mount, word -> word, run.source().range())) {
                case MountSpecification.Secret secret -> add(secret.id(), secret.required(), secrets);
                case MountSpecification.Ssh ssh -> add(ssh.id(), ssh.required(), agents);
                case MountSpecification.Bind _, MountSpecification.Cache _, MountSpecification.Tmpfs _ -> {}
            }
        } catch (DockerfileException variable) {
            return;
        }
    }

    private static void add(String id, boolean required, Map<String, Lent> lent) {
        lent.merge(id, new Lent(id, required), (one, other) -> new Lent(id, one.required() || other.required()));
    }

    /** The comment directly above an instruction, if it begins with {@code name}. */
    private static Optional<String> description(Dockerfile dockerfile, Instruction instruction, String name) {
        int above = instruction.source().range().firstLine() - 2;
        List<String> lines = dockerfile.text().lines().toList();
        if (above < 0 || !lines.get(above).strip().startsWith("#")) {
            return Optional.empty();
        }
        String comment = lines.get(above).strip().substring(1).strip();
        return comment.startsWith(name + " ")
                ? Optional.of(comment.substring(name.length()).strip())
                : Optional.empty();
    }
}
