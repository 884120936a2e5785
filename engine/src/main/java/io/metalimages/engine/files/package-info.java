/**
 * Files that are copied into a root file system: which a pattern names, their digests, and the copying itself.
 *
 * <p>Names no file of this machine but the roots that it is given: everything below them is opened through {@link
 * io.metalimages.common.linux.RootDirectory}.
 *
 * <p>Start reading at {@link io.metalimages.engine.files.FileCopier}.
 */
@NullMarked
package io.metalimages.engine.files;

import org.jspecify.annotations.NullMarked;
