/**
 * Bytes under keys. {@link io.metalimages.store.object.ObjectStore} says of each method what happens at once and what may be
 * half done; each implementation passes the same suite. {@link io.metalimages.store.object.RetryingStore} makes the attempts.
 * What several change at once is an {@link io.metalimages.store.object.AtomicObject}; {@link
 * io.metalimages.store.object.CompareAndSwap} is the one loop for that.
 *
 * <p>Knows nothing of images or channels. Start reading at {@link io.metalimages.store.object.ObjectStore}.
 */
@NullMarked
package io.metalimages.store.object;

import org.jspecify.annotations.NullMarked;
