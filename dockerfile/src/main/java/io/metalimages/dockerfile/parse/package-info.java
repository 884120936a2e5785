/**
 * From the text of a Dockerfile to its syntax tree.
 *
 * <p>Lines are joined to statements, statements are split into keyword, flags and arguments, and these become instructions,
 * which are sorted into stages. Expands nothing. Start reading at {@link io.metalimages.dockerfile.parse.DockerfileParser}.
 */
@NullMarked
package io.metalimages.dockerfile.parse;

import org.jspecify.annotations.NullMarked;
