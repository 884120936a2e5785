package io.metalimages.supplychain.packages;

import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * A regular file inside a root file system. It is opened below the root each time, so that no symbolic link on the way
 * leads out, however the tree changes.
 *
 * @param root where the file system is on this machine
 * @param path below the root, symbolic links followed
 */
record TreeFile(Path root, String path) {

    private static final int BUFFER = 1 << 16;

    /** What a program that has {@code root} for its root would find at {@code path}, if that is a regular file. */
    static Optional<TreeFile> find(Path root, String path) throws IOException {
        try (RootDirectory opened = RootDirectory.open(root)) {
            Optional<OpenedFile> found = opened.findRegularFile(path);
            found.ifPresent(OpenedFile::close);
            return found.isPresent()
                    ? Optional.of(new TreeFile(root, opened.locate(path).path()))
                    : Optional.empty();
        } catch (FileSystemLoopException circle) {
            return Optional.empty();
        }
    }

    private InputStream content() throws IOException {
        try (RootDirectory opened = RootDirectory.open(root);
                OpenedFile file = opened.findRegularFile(path).orElseThrow(() -> new NoSuchFileException(path))) {
            return file.read();
        }
    }

    /** Its content, not more than {@code limit} bytes; empty if it has more. */
    Optional<byte[]> read(int limit) throws IOException {
        try (InputStream input = content()) {
            byte[] content = input.readNBytes(limit);
            return input.read() < 0 ? Optional.of(content) : Optional.empty();
        }
    }

    /** Its content, decompressed if its name ends in {@code .gz}; nobody knows how much that is. */
    InputStream open() throws IOException {
        InputStream input = content();
        if (!path.endsWith(".gz")) {
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
