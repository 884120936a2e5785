/**
 * From what {@code os/} says of an image to what the engine does about it: finds definitions, reads their
 * {@code docker-make.yaml}, and lowers Dockerfiles to the engine's graph.
 *
 * <p>The package runs no step itself and never prints. Start reading at {@link io.metalimages.build.ImageBuilder}.
 */
@NullMarked
package io.metalimages.build;

import org.jspecify.annotations.NullMarked;
