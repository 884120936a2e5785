package io.metalimages.supplychain;

import io.metalimages.common.linux.RootedPath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * A regular file inside a root file system.
 *
 * @param place where it is on this machine; no symbolic link on the way leads out of the tree
 */
record TreeFile(Path place) {

    private static final int BUFFER = 1 << 16;

    /** What a program that has {@code root} for its root would find at {@code path}, if that is a regular file. */
    static Optional<TreeFile> find(Path root, String path) throws IOException {
        try {
            Path place = RootedPath.resolve(root, path);
            return Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(new TreeFile(place))
                    : Optional.empty();
        } catch (FileSystemLoopException circle) {
            return Optional.empty();
        }
    }

    /** Its content, not more than {@code limit} bytes; empty if it has more. */
    Optional<byte[]> read(int limit) throws IOException {
        try (InputStream input = Files.newInputStream(place)) {
            byte[] content = input.readNBytes(limit);
            return input.read() < 0 ? Optional.of(content) : Optional.empty();
        }
    }

    /** Its content, decompressed if its name ends in {@code .gz}; nobody knows how much that is. */
    InputStream open() throws IOException {
        InputStream input = Files.newInputStream(place);
        if (!place.toString().endsWith(".gz")) {
            return input;
        }
        try {
            return new GZIPInputStream(input, BUFFER);
        } catch (IOException e) {
            input.close();
            throw e;
        }
    }
}
