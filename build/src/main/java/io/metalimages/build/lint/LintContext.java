package io.metalimages.build.lint;

import io.metalimages.dockerfile.patterns.IgnoreFile;
import io.metalimages.dockerfile.syntax.Stage;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a Dockerfile is built with.
 *
 * @param buildArguments values for its {@code ARG}s
 * @param predefined the arguments that every Dockerfile may use in {@code FROM}, with their values
 * @param directory the build context
 * @param ignored what the context leaves out
 * @param baseEnvironment what the image that a stage starts from has set, if that is known and the image is no stage
 */
public record LintContext(
        Map<String, String> buildArguments,
        Map<String, String> predefined,
        Path directory,
        Optional<IgnoreFile> ignored,
        Function<Stage, Optional<Map<String, String>>> baseEnvironment) {

    public LintContext {
        buildArguments = Map.copyOf(buildArguments);
        predefined = Map.copyOf(predefined);
    }
}
