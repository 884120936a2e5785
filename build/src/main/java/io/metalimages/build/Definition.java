package io.metalimages.build;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is to be built.
 *
 * @param name what the user calls it, {@code debian/12}
 * @param dockerfile exists
 * @param context the directory that {@code COPY} copies from
 * @param buildArguments values for the Dockerfile's {@code ARG}s
 * @param contexts what else images and directories are called: a directory, or {@code docker-image://} and an image
 * @param target the stage to build; empty for the last
 * @param references the image names that other definitions may start from this one by
 */
public record Definition(
        String name,
        Path dockerfile,
        Path context,
        Map<String, String> buildArguments,
        Map<String, String> contexts,
        Optional<String> target,
        List<String> references) {

    public Definition {
        buildArguments = Map.copyOf(buildArguments);
        contexts = Map.copyOf(contexts);
        references = List.copyOf(references);
    }

    /** The same definition with further arguments and contexts, which come before those it has. */
    public Definition with(Map<String, String> furtherArguments, Map<String, String> furtherContexts) {
        Map<String, String> allArguments = new HashMap<>(buildArguments);
        allArguments.putAll(furtherArguments);
        Map<String, String> allContexts = new HashMap<>(contexts);
        allContexts.putAll(furtherContexts);
        return new Definition(name, dockerfile, context, allArguments, allContexts, target, references);
    }

    /** What is checked of a machine with this image, beside what is checked of every image; empty for nothing. */
    public Optional<Path> checks() {
        return Optional.of(context.resolve("checks.yaml")).filter(Files::isRegularFile);
    }

    /** The Dockerfile's name for messages. */
    String displayedDockerfile() {
        return displayed(dockerfile);
    }

    /** A path relative to the working directory where that is shorter, for messages. */
    static String displayed(Path file) {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = file.toAbsolutePath().normalize();
        return absolute.startsWith(here) ? here.relativize(absolute).toString() : absolute.toString();
    }
}
