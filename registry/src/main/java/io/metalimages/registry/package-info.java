/**
 * Images in registries that speak the OCI distribution specification 1.1: blobs, manifests, tags, and what refers to an
 * image, such as its bill of materials.
 *
 * <p>{@link io.metalimages.registry.Registry} is one server, {@link io.metalimages.registry.Repository} one repository on
 * it. {@link io.metalimages.registry.LayerWriter} makes a layer of a tar, {@link io.metalimages.registry.ImagePush} an
 * image of a layer. What a registry answers is not trusted: sizes are limited, digests and types compared, redirects
 * counted, and credentials given to nobody but the registry and the token service that it names.
 *
 * <p>The package knows nothing of how an image is made, stores nothing but what it is told to, and never prints. Start
 * reading at {@link io.metalimages.registry.ImagePush}.
 */
@NullMarked
package io.metalimages.registry;

import org.jspecify.annotations.NullMarked;
