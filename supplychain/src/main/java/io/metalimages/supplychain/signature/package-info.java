/**
 * Signed statements: {@link io.metalimages.supplychain.signature.Envelope} is their form, {@link
 * io.metalimages.supplychain.signature.Verification} makes it and holds artifacts against it.
 */
@NullMarked
package io.metalimages.supplychain.signature;

import org.jspecify.annotations.NullMarked;
