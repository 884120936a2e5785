/**
 * The distributions that images start from: finds a release in its archive, pins it to what its signed lists say, and
 * bootstraps it.
 *
 * <p>{@link io.metalimages.build.base.Distributions} is the table of what can be bootstrapped; a further distribution is a
 * row there, and a further family of them a kind of {@link io.metalimages.build.base.Distribution} and of
 * {@link io.metalimages.build.base.DistributionBase}. The package knows no Dockerfile and never prints. Start reading at
 * {@link io.metalimages.build.base.Bases}.
 */
@NullMarked
package io.metalimages.build.base;

import org.jspecify.annotations.NullMarked;
