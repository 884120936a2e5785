/**
 * What is installed in a root file system, by dpkg's or rpm's database: {@link io.metalimages.supplychain.packages.Inventory} has the
 * packages and what they declare, {@link io.metalimages.supplychain.packages.SecurityUpdates} what their changelogs say of
 * security.
 *
 * <p>The tree is not trusted: symbolic links stay inside ({@link io.metalimages.common.linux.RootDirectory}), what is read is
 * limited in size, and nothing of it is run: an rpm database is read by the building machine's own {@code rpm}.
 */
@NullMarked
package io.metalimages.supplychain.packages;

import org.jspecify.annotations.NullMarked;
