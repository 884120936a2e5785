package io.metalimages.artifact.tar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;

/**
 * What lstat(2) says of a file, as far as a tar is concerned.
 *
 * @param type what it is
 * @param permissions its mode without the type
 * @param inode which one it is
 * @param links how many paths the inode has
 * @param size in bytes; of a directory or link too, where it means little
 * @param modified modification time in seconds since 1970, rounded down
 */
record FileStatus(
        Type type, int permissions, long owner, long group, Inode inode, int links, long size, long modified) {

    private static final String WANTED = "unix:mode,uid,gid,dev,ino,nlink,size,lastModifiedTime";

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

    /** Asks for the status of {@code file}; of a symbolic link itself, not what it points to. */
    static FileStatus of(Path file) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(file, WANTED, LinkOption.NOFOLLOW_LINKS);
        int mode = get(attributes, "mode", Integer.class);
        return new FileStatus(
                Type.of(mode & TYPE_MASK),
                mode & ~TYPE_MASK,
                Integer.toUnsignedLong(get(attributes, "uid", Integer.class)),
                Integer.toUnsignedLong(get(attributes, "gid", Integer.class)),
                new Inode(get(attributes, "dev", Long.class), get(attributes, "ino", Long.class)),
                get(attributes, "nlink", Integer.class),
                get(attributes, "size", Long.class),
                get(attributes, "lastModifiedTime", FileTime.class).toInstant().getEpochSecond());
    }

    private static <T> T get(Map<String, Object> attributes, String name, Class<T> type) {
        return type.cast(Objects.requireNonNull(attributes.get(name), name));
    }
}
