package io.metalimages.artifact.tar;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;

/**
 * Tells a file's content from what the file held before and from other files: whoever changes a file changes its time, which
 * nobody can set. Not which file system it is on, as an overlay has a new number with each mount.
 *
 * @param inode its number
 * @param changed when anything of the file was changed last
 */
record FileVersion(long inode, Instant changed) {

    static FileVersion of(FileStatus status) {
        return new FileVersion(status.inode().number(), status.changed());
    }

    /** Adds this to what is digested. */
    void digest(MessageDigest into) {
        into.update(ByteBuffer.allocate(Long.BYTES + Long.BYTES + Integer.BYTES)
                .putLong(inode)
                .putLong(changed.getEpochSecond())
                .putInt(changed.getNano())
                .flip());
    }
}
