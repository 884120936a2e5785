/**
 * The LZ4 frame of an artifact: blocks cut by content, compressed on all cores, cached, and read back as metal-hammer's
 * decoder does.
 *
 * <p>Knows no tar. Start reading at {@link io.metalimages.artifact.lz4.Chunker}.
 */
@NullMarked
package io.metalimages.artifact.lz4;

import org.jspecify.annotations.NullMarked;
