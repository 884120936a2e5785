/**
 * What is checked of a system that has booted, and how it came out.
 *
 * <p>{@code SystemChecks} chooses among the files in {@code os/tests}, with what this system is expected to be; {@code Goss}
 * runs them in the machine. A {@code TestReport} has the results of all phases, {@code JunitReport} writes them for
 * continuous integration, {@code ResultWriter} for whoever publishes the image.
 *
 * <p>Nothing here starts or restarts a machine, or knows in which order a test goes on.
 */
@NullMarked
package io.metalimages.rack.checks;

import org.jspecify.annotations.NullMarked;
