/**
 * The tar inside an artifact: the tree that it is written from, its entries, and their reading.
 *
 * <p>Reads tars as metal-hammer's library does. Start reading at {@link io.metalimages.artifact.tar.FileTree}.
 */
@NullMarked
package io.metalimages.artifact.tar;

import org.jspecify.annotations.NullMarked;
