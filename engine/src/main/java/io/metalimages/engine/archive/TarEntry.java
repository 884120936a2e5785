package io.metalimages.engine.archive;

import java.nio.file.attribute.FileTime;
import java.util.Map;

/**
 * What an archive says of a file.
 *
 * @param name as the archive has it
 * @param permissions setuid, setgid and sticky included
 * @param size of the content that follows
 * @param target what a symbolic link says, or the name of the file that a hard link is to
 * @param attributes extended attributes
 */
record TarEntry(
        String name,
        Type type,
        int permissions,
        int user,
        int group,
        long size,
        FileTime modified,
        String target,
        long device,
        Map<String, byte[]> attributes) {

    enum Type {
        FILE,
        HARD_LINK,
        SYMBOLIC_LINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        DIRECTORY,
        PIPE
    }
}
