/**
 * Looks for mistakes in Dockerfiles that are no errors: BuildKit's build checks, by the names of its rules, and checks of our
 * own for images of machines.
 *
 * <p>The package reads a syntax tree, the text it was made from, and names of files in the context. It never runs or fetches
 * anything, and never prints. What can't be told from that is not reported. Start reading at {@link
 * io.metalimages.build.lint.DockerfileLint}.
 */
@NullMarked
package io.metalimages.build.lint;

import org.jspecify.annotations.NullMarked;
