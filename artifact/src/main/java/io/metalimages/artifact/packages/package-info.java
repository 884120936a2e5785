/**
 * The packages of an image: their list as {@code dpkg -l} or {@code rpm -qa} prints it, and the reading of that list.
 *
 * <p>Start reading at {@link io.metalimages.artifact.packages.PackageList}.
 */
@NullMarked
package io.metalimages.artifact.packages;

import org.jspecify.annotations.NullMarked;
