/**
 * What {@code ADD} fetches: files of web servers and git repositories, pinned when a build is planned.
 *
 * <p>Start reading at {@link io.metalimages.build.remote.Remotes}.
 */
@NullMarked
package io.metalimages.build.remote;

import org.jspecify.annotations.NullMarked;
