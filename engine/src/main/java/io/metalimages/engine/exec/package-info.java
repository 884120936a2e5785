/**
 * Runs programs in containers: the OCI runtime, what a container sees, and what it may do.
 *
 * <p>Keeps nothing. Start reading at {@link io.metalimages.engine.exec.OciRuntime}.
 */
@NullMarked
package io.metalimages.engine.exec;

import org.jspecify.annotations.NullMarked;
