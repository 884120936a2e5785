/**
 * Compares two artifacts: their packages, and each file.
 *
 * <p>Start reading at {@link io.metalimages.artifact.diff.ImageComparison}.
 */
@NullMarked
package io.metalimages.artifact.diff;

import org.jspecify.annotations.NullMarked;
