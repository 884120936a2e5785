/**
 * The syntax tree of a Dockerfile: stages, instructions, and what stands in them, with the place in the file.
 *
 * <p>Words are as they were written; what they expand to is for {@link io.metalimages.dockerfile.words} to say. Holds no
 * parser. Start reading at {@link io.metalimages.dockerfile.syntax.Dockerfile}.
 */
@NullMarked
package io.metalimages.dockerfile.syntax;

import org.jspecify.annotations.NullMarked;
