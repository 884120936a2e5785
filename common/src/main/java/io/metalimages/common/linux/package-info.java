/**
 * The Linux system calls that the Java library has no method for, called through the foreign function interface.
 *
 * <p>Paths that come from an image, a layer, a context or an archive are resolved by {@link
 * io.metalimages.common.linux.RootDirectory} and by nothing else.
 *
 * <p>Holds calls, no policy: what to mount or copy is decided elsewhere. Failures are {@link java.io.IOException}s that
 * name the call, the path and the system's reason.
 */
@NullMarked
package io.metalimages.common.linux;

import org.jspecify.annotations.NullMarked;
