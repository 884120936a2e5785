/**
 * Old images go: {@link io.metalimages.store.retention.Pruner} takes them out of their channels, keeps what metal-api still uses,
 * and deletes what no channel needs any more once nobody can be reading it.
 */
@NullMarked
package io.metalimages.store.retention;

import org.jspecify.annotations.NullMarked;
