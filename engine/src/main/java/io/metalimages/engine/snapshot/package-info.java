/**
 * What operations made: file systems as stacks of layers, kept under the keys of the operations.
 *
 * <p>Knows nothing of how a layer comes about. Start reading at {@link io.metalimages.engine.snapshot.SnapshotStore}.
 */
@NullMarked
package io.metalimages.engine.snapshot;

import org.jspecify.annotations.NullMarked;
