/** A store in a directory of this machine, or of a file server. Start reading at {@code DirectoryStore}. */
@NullMarked
package io.metalimages.store.object.directory;

import org.jspecify.annotations.NullMarked;
