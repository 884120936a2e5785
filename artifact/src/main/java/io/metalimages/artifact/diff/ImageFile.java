package io.metalimages.artifact.diff;

import io.metalimages.common.Digest;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A file as an image has it. Immutable.
 *
 * @param mode permission bits with setuid, setgid and sticky, 0 to 07777
 * @param owner numeric user id
 * @param group numeric group id
 * @param modified modification time in seconds since 1970
 * @param bytes of content; 0 for all but regular files
 * @param content of a regular file
 * @param target what a link leads to: for a symbolic link its text, for a further name of a file its first one; else empty
 * @param attributes extended attributes in lower-case hexadecimal, by name
 */
public record ImageFile(
        Kind kind,
        int mode,
        long owner,
        long group,
        long modified,
        long bytes,
        Optional<Digest> content,
        String target,
        SortedMap<String, String> attributes) {

    /** What a file is. A further name of a regular file, which is a hard link, is a regular file. */
    public enum Kind {
        FILE,
        DIRECTORY,
        SYMBOLIC_LINK
    }

    public ImageFile {
        attributes = attributes.isEmpty()
                ? Collections.emptySortedMap()
                : Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
    }
}
