package io.metalimages.artifact.tar;

import java.time.Instant;

/**
 * What lstat(2) says of a file, as far as a tar is concerned.
 *
 * @param type what it is
 * @param permissions its mode without the type
 * @param inode which one it is
 * @param links how many paths the inode has
 * @param size in bytes; of a directory or link too, where it means little
 * @param modified modification time in seconds since 1970, rounded down
 * @param changed when anything of the file was changed last
 */
record FileStatus(
        Type type,
        int permissions,
        long owner,
        long group,
        Inode inode,
        int links,
        long size,
        long modified,
        Instant changed) {

    private static final int TYPE_MASK = 0170000;

    /** An inode and the file system that it is on. */
    record Inode(long device, long number) {}

    enum Type {
        DIRECTORY("a directory"),
        REGULAR("a regular file"),
        SYMBOLIC_LINK("a symbolic link"),
        SOCKET("a socket"),
        PIPE("a named pipe"),
        DEVICE("a device");

        private final String description;

        Type(String description) {
            this.description = description;
        }

        /** In words, with its article. */
        String description() {
            return description;
        }

        /** By the S_IFMT bits of a mode, see inode(7). */
        private static Type of(int bits) {
            return switch (bits) {
                case 0040000 -> DIRECTORY;
                case 0100000 -> REGULAR;
                case 0120000 -> SYMBOLIC_LINK;
                case 0140000 -> SOCKET;
                case 0010000 -> PIPE;
                case 0020000, 0060000 -> DEVICE;
                default -> throw new IllegalStateException("Linux has no file type " + Integer.toOctalString(bits));
            };
        }
    }

    static FileStatus of(io.metalimages.common.linux.FileStatus status) {
        return new FileStatus(
                Type.of(status.mode() & TYPE_MASK),
                status.permissions(),
                Integer.toUnsignedLong(status.user()),
                Integer.toUnsignedLong(status.group()),
                new Inode(status.device(), status.inode()),
                status.links(),
                status.size(),
                status.modified().toInstant().getEpochSecond(),
                status.changed().toInstant());
    }
}
