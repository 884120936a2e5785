/**
 * The patterns of ignore files and of {@code COPY}: which paths they match.
 *
 * <p>Works on text and never looks at a file. Start reading at {@link io.metalimages.dockerfile.patterns.IgnoreFile}.
 */
@NullMarked
package io.metalimages.dockerfile.patterns;

import org.jspecify.annotations.NullMarked;
