/**
 * What a metal-api is told of a store's images, and what it needs of them.
 *
 * <p>Start reading at {@link io.metalimages.store.registration.Registrar}.
 */
@NullMarked
package io.metalimages.store.registration;

import org.jspecify.annotations.NullMarked;
