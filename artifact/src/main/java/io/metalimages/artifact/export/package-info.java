/**
 * Makes artifacts: one pass from a root file system to {@code img.tar.lz4} and its sidecar files.
 *
 * <p>Start reading at {@link io.metalimages.artifact.export.ArtifactExporter}.
 */
@NullMarked
package io.metalimages.artifact.export;

import org.jspecify.annotations.NullMarked;
