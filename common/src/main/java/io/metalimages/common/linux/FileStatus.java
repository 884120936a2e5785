package io.metalimages.common.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;

/**
 * What stat(2) tells of a file, symbolic links not followed.
 *
 * @param mode the type and the permission bits
 * @param links how many names the file has
 */
public record FileStatus(int mode, int user, int group, int links, long device, long inode, FileTime modified) {

    private static final int TYPE = 0170000;
    private static final int REGULAR = 0100000;

    public static FileStatus of(Path file) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(
                file, "unix:mode,uid,gid,nlink,dev,ino,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        return new FileStatus(
                number(attributes, "mode").intValue(),
                number(attributes, "uid").intValue(),
                number(attributes, "gid").intValue(),
                number(attributes, "nlink").intValue(),
                number(attributes, "dev").longValue(),
                number(attributes, "ino").longValue(),
                (FileTime) Objects.requireNonNull(attributes.get("lastModifiedTime")));
    }

    private static Number number(Map<String, Object> attributes, String name) {
        return (Number) Objects.requireNonNull(attributes.get(name));
    }

    /** The permission bits, setuid, setgid and sticky included. */
    public int permissions() {
        return mode & 07777;
    }

    public boolean isRegularFile() {
        return (mode & TYPE) == REGULAR;
    }
}
