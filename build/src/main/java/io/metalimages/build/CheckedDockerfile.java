package io.metalimages.build;

import io.metalimages.build.lint.LintResult;
import java.util.Optional;

/**
 * What was found in a Dockerfile without building it.
 *
 * @param file its name for messages
 * @param fault why it can't be built, if that shows without running a step
 */
public record CheckedDockerfile(String file, LintResult lint, Optional<RuntimeException> fault) {}
