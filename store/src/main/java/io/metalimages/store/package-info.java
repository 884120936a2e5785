/**
 * Finished images become what metal-stack installations can fetch.
 *
 * <p>An {@link ObjectStore} keeps bytes under keys: a directory, or a bucket. Its interface says of each method what
 * happens at once and what may be half done, and each backend passes the same suite.
 *
 * <p>What is in a channel says its {@link io.metalimages.store.ChannelIndex}, one object that changes by compare and swap;
 * all else is content that never changes, or is made from the index. {@link io.metalimages.store.Publisher} adds to it, {@link
 * io.metalimages.store.Releaser} makes another one of it, {@link io.metalimages.store.Pruner} takes out of it, and deletes
 * what no channel needs.
 *
 * <p>This package never prints, and never builds, changes or tests an image. Start reading at {@link ObjectStore} and
 * {@link Publisher}.
 */
@NullMarked
package io.metalimages.store;

import org.jspecify.annotations.NullMarked;
