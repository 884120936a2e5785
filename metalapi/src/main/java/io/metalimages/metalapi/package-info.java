/**
 * The images that a metal-api knows: what they are called, which of them a machine gets, and how to tell it of more.
 *
 * <p>{@link io.metalimages.metalapi.MetalApi} is the client, {@link io.metalimages.metalapi.ImageId} the name of an image,
 * {@link io.metalimages.metalapi.RegisteredImage} all that metal-api says of one, {@link
 * io.metalimages.metalapi.ImageEntry} what it is to say. The rules are those of metal-api's version 1 interface, as its
 * source and that of its library metal-lib show them.
 *
 * <p>This package knows neither how an image is made nor where it lies, and never prints. Start reading at {@link
 * io.metalimages.metalapi.MetalApi}.
 */
@NullMarked
package io.metalimages.metalapi;

import org.jspecify.annotations.NullMarked;
