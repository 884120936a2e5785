/**
 * The images that a metal-api knows: what they are called, and which of them a machine gets.
 *
 * <p>{@link io.metalimages.metalapi.ImageId} is the name of one, {@link io.metalimages.metalapi.RegisteredImage} all that
 * metal-api says of it. The rules are those of metal-api's version 1 interface, as its source and that of its library
 * metal-lib show them.
 *
 * <p>This package knows neither how an image is made nor where it lies, and never prints. Start reading at {@link
 * io.metalimages.metalapi.ImageId}.
 */
@NullMarked
package io.metalimages.metalapi;

import org.jspecify.annotations.NullMarked;
