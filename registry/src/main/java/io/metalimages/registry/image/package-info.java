/**
 * An image as registries keep it: {@link io.metalimages.registry.image.LayerWriter} makes a layer of a tar, {@link
 * io.metalimages.registry.image.ImagePush} an image of a layer, and {@link
 * io.metalimages.registry.image.ImageConfiguration} is what an image says of itself.
 *
 * <p>Knows nothing of how a root file system is made. Start reading at {@link io.metalimages.registry.image.ImagePush}.
 */
@NullMarked
package io.metalimages.registry.image;

import org.jspecify.annotations.NullMarked;
