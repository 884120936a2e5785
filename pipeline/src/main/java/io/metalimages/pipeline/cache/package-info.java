/**
 * What the state directory holds: how much of what, why, and what may go. Removes what nobody uses, whatever else runs, and
 * never anything that a running program needs. Start reading at StateCache.
 */
@NullMarked
package io.metalimages.pipeline.cache;

import org.jspecify.annotations.NullMarked;
