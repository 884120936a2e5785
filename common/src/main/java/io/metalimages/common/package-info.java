/**
 * What every module may use: errors and their categories, digests, and files that appear whole or not at all.
 *
 * <p>Holds nothing that knows what an image is. Start reading at {@link io.metalimages.common.FaultException}.
 */
@NullMarked
package io.metalimages.common;

import org.jspecify.annotations.NullMarked;
