/**
 * What an image is made of, and what it was made from, in forms that other programs read: {@link
 * io.metalimages.supplychain.CycloneDxDocument} and {@link io.metalimages.supplychain.SpdxDocument} list what {@code .packages}
 * finds in its root file system, {@code .statement} says how it was built and tested, {@code .signature} signs that and verifies it.
 *
 * <p>The same tree and the same date give the same bytes. This module never changes the tree, and never prints. Start reading at
 * {@link io.metalimages.supplychain.ImageDocuments} and {@link io.metalimages.supplychain.signature.Verification}.
 */
@NullMarked
package io.metalimages.supplychain;

import org.jspecify.annotations.NullMarked;
