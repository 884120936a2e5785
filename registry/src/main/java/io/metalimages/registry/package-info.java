/**
 * Images in registries that speak the OCI distribution specification 1.1: blobs, manifests, tags, and what refers to an
 * image, such as its bill of materials.
 *
 * <p>{@link io.metalimages.registry.Registry} is one server, {@link io.metalimages.registry.Repository} one repository on
 * it; {@code .image} makes an image and pushes it. What a registry answers is not trusted: sizes are limited, digests and types
 * compared, redirects counted, and credentials given to nobody but the registry and the token service that it names.
 *
 * <p>The package stores nothing but what it is told to, and never prints. Start reading at {@link
 * io.metalimages.registry.Repository}.
 */
@NullMarked
package io.metalimages.registry;

import org.jspecify.annotations.NullMarked;
