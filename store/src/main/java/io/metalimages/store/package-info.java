/**
 * Finished images become what metal-stack installations can fetch.
 *
 * <p>An {@link ObjectStore} keeps bytes under keys: a directory, or a bucket. Its interface says of each method what
 * happens at once and what may be half done, and each backend passes the same suite.
 *
 * <p>This package never prints, and never builds, changes or tests an image. Start reading at {@link ObjectStore}.
 */
@NullMarked
package io.metalimages.store;

import org.jspecify.annotations.NullMarked;
