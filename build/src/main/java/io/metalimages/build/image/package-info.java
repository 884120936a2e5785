/**
 * Images that {@code FROM} starts from and that others have built: in registries and in OCI image layouts. Finds out what a
 * name leads to now, and gives the engine the layers.
 *
 * <p>Knows no Dockerfile. Start reading at {@link io.metalimages.build.image.ImageBases}.
 */
@NullMarked
package io.metalimages.build.image;

import org.jspecify.annotations.NullMarked;
