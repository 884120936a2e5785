package io.metalimages.build.image;

import io.metalimages.common.Digest;

/**
 * An image that another one starts from, or takes files from.
 *
 * @param name what the Dockerfile calls it
 * @param location where it was taken from, without a path of this machine
 * @param digest of the manifest or index that the name led to
 * @param manifest of the image itself, which is for one platform
 */
public record UsedImage(String name, String location, Digest digest, Digest manifest) {}
