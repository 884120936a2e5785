package io.metalimages.cli;

import io.metalimages.artifact.CheckReport;
import java.nio.file.Path;
import java.time.Duration;

/**
 * An image that was checked.
 *
 * @param name what the user calls it
 * @param tarball what was read
 * @param showLosses whether to tell also what the burn loses and the image gets back
 */
record CheckedImage(String name, Path tarball, CheckReport report, Duration duration, boolean showLosses) {}
