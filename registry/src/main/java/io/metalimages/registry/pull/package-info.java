/**
 * Images that are taken from where they are kept: a registry with its mirrors, or an OCI image layout. What comes is checked
 * against its digest and its size, whoever sent it.
 *
 * <p>{@link io.metalimages.registry.pull.ImageSource} is one image somewhere, {@link
 * io.metalimages.registry.pull.ImageReader} chooses what it has for a platform, and {@link
 * io.metalimages.registry.pull.Registries} knows from this machine's configuration where registries are to be reached.
 * The package unpacks nothing and keeps nothing. Start reading at {@link io.metalimages.registry.pull.ImageSource}.
 */
@NullMarked
package io.metalimages.registry.pull;

import org.jspecify.annotations.NullMarked;
