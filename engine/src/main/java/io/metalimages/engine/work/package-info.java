/**
 * Where a run keeps what it makes on this machine: the state that later runs use, scratch space, and the programs that were
 * started.
 *
 * <p>Nothing in here outlives its run, but for the state directory. Start reading at
 * {@link io.metalimages.engine.work.WorkDirectory}.
 */
@NullMarked
package io.metalimages.engine.work;

import org.jspecify.annotations.NullMarked;
