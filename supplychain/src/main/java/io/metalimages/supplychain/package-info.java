/**
 * What an image is made of, and what it was made from, in forms that other programs read.
 *
 * <p>Everything is read from the finished root file system, with the eyes of somebody who does not trust it: symbolic links
 * stay inside ({@link io.metalimages.common.linux.RootDirectory}), what is read is limited in size, and nothing of it is run: an rpm database is read by the building machine's own {@code rpm}. {@link
 * Inventory} has the packages and what they declare, {@link SecurityUpdates} what their changelogs say of security. {@link
 * CycloneDxDocument} and {@link SpdxDocument} tell them in forms that others know.
 *
 * <p>{@link Provenance} has the digests of all files of an artifact, and what it was built from; {@link TestResult} has what came
 * of its test. Both are in-toto statements ({@link Statement}); {@link Envelope} is their signed form, {@link Verification} makes
 * that and holds artifacts against it.
 *
 * <p>The same tree and the same date give the same bytes. This package never changes the tree, and never prints. Start
 * reading at {@link ImageDocuments} and {@link Verification}.
 */
@NullMarked
package io.metalimages.supplychain;

import org.jspecify.annotations.NullMarked;
