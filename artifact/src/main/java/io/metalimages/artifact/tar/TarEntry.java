package io.metalimages.artifact.tar;

import io.metalimages.common.linux.FileNames;
import java.util.SortedMap;

/**
 * One entry of the tar.
 *
 * @param type what it is
 * @param path below the root, without a leading or trailing slash
 * @param mode permission bits with setuid, setgid and sticky, 0 to 07777
 * @param owner numeric user id
 * @param group numeric group id
 * @param modified modification time in seconds since 1970, not negative
 * @param size bytes of content; 0 for all but regular files
 * @param linkTarget for a hard link the path of the entry that it repeats, for a symbolic link its text, else empty
 * @param attributes extended attributes, name to exact bytes
 */
public record TarEntry(
        Type type,
        String path,
        int mode,
        long owner,
        long group,
        long modified,
        long size,
        String linkTarget,
        SortedMap<String, byte[]> attributes) {

    public enum Type {
        FILE('0'),
        HARD_LINK('1'),
        SYMBOLIC_LINK('2'),
        DIRECTORY('5');

        private final char flag;

        Type(char flag) {
            this.flag = flag;
        }

        /** The {@code typeflag} of a POSIX tar header. */
        public byte flag() {
            return (byte) flag;
        }
    }

    /** The name as the tar has it: a directory's ends in a slash. */
    public byte[] name() {
        return FileNames.encode(type == Type.DIRECTORY ? path + "/" : path);
    }
}
