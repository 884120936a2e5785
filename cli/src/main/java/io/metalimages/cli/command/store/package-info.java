/** {@code publish}, {@code release}, {@code prune}, {@code catalog} and {@code register}: what becomes of images in a store. */
@NullMarked
package io.metalimages.cli.command.store;

import org.jspecify.annotations.NullMarked;
