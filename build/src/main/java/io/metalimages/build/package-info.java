/**
 * From what {@code os/} says of an image to what the engine does about it: finds definitions, reads their
 * {@code docker-make.yaml}, lowers Dockerfiles to the engine's graph, and finds the bases that they start from.
 *
 * <p>The package runs no step itself and never prints. Start reading at {@link io.metalimages.build.ImageBuilder}.
 */
@NullMarked
package io.metalimages.build;

import org.jspecify.annotations.NullMarked;
