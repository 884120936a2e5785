/**
 * The texts that definitions consist of, above all {@code docker-make.yaml}: read with their variables replaced, and held against
 * what their format allows. Decides nothing about a build. Start reading at {@link io.metalimages.build.definition.DockerMakeFile}.
 */
@NullMarked
package io.metalimages.build.definition;

import org.jspecify.annotations.NullMarked;
