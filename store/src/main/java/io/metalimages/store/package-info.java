/**
 * Finished images become what metal-stack installations can fetch. {@link io.metalimages.store.StoreLocation} opens a store by
 * its URL.
 *
 * <p>{@code .object} keeps bytes under keys, in a directory or a bucket; {@code .channel} says what is in a channel, publishes
 * and releases; {@code .retention} takes out what is old, and deletes what no channel needs.
 *
 * <p>This module never prints, and never builds, changes or tests an image. Start reading at {@link
 * io.metalimages.store.object.ObjectStore} and {@link io.metalimages.store.channel.Publisher}.
 */
@NullMarked
package io.metalimages.store;

import org.jspecify.annotations.NullMarked;
