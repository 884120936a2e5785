/**
 * What {@code docker build} and {@code docker-make} do: from a context to an image that goes where the user wants it, as files,
 * an archive, an image in a registry, or under a name for later builds.
 *
 * <p>An image has a layer for each step that lies on the base, as Docker makes them. The same steps give the same image: its
 * times are those of its sources. Never prints. Start reading at {@link io.metalimages.pipeline.docker.DockerBuild}.
 */
@NullMarked
package io.metalimages.pipeline.docker;

import org.jspecify.annotations.NullMarked;
