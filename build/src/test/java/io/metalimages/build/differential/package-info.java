/**
 * Builds small Dockerfiles, and compares the tree and the configuration that come of them with what Docker makes. Its results
 * are kept beside the cases, in {@code differential} of the test resources, so that only {@link
 * io.metalimages.build.differential.DockerTest} needs Docker.
 *
 * <p>Start reading at {@link io.metalimages.build.differential.CaseFile}.
 */
@NullMarked
package io.metalimages.build.differential;

import org.jspecify.annotations.NullMarked;
