/**
 * Archives that are unpacked into a root file system: compressed or not, made by anybody.
 *
 * <p>Nothing that an archive says leads out of the directory that it is unpacked into. Start reading at {@link
 * io.metalimages.engine.archive.ArchiveUnpacker}.
 */
@NullMarked
package io.metalimages.engine.archive;

import org.jspecify.annotations.NullMarked;
