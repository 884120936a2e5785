/**
 * What an image is made of, and what it was made from, in forms that other programs read.
 *
 * <p>Everything is read from the finished root file system, with the eyes of somebody who does not trust it: symbolic links
 * stay inside ({@link io.metalimages.engine.RootedPath}), what is read is limited in size, and nothing of it is run. {@link
 * DpkgDatabase} has the packages, {@link SecurityUpdates} what their changelogs say of security.
 *
 * <p>The same tree and the same date give the same bytes. This package never changes the tree, and never prints. Start
 * reading at {@link SecurityUpdates}.
 */
@NullMarked
package io.metalimages.supplychain;

import org.jspecify.annotations.NullMarked;
