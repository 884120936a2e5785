package io.metalimages.common.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;

/**
 * A file that was found below a root, of whatever type, and that stays the same one however its names change. Opening
 * it so reads nothing and wakes no device. Thread-safe.
 */
public final class OpenedFile implements AutoCloseable {

    private final Descriptor descriptor;
    private final String path;
    private final FileStatus status;

    OpenedFile(Descriptor descriptor, String path) throws IOException {
        this.descriptor = descriptor;
        this.path = path;
        try {
            this.status = FileStatus.of(descriptor, path);
        } catch (IOException | RuntimeException e) {
            descriptor.close();
            throw e;
        }
    }

    /** What the file was when it was opened; the times and the size may be others by now, the type may not. */
    public FileStatus status() {
        return status;
    }

    /** How it was named, for messages. */
    public String path() {
        return path;
    }

    /** Its content, from the start, which stays readable when this is closed. @throws IOException if it has none */
    public InputStream read() throws IOException {
        return Channels.newInputStream(readChannel());
    }

    /** What a symbolic link says. @throws IOException if it is something else */
    public String readLink() throws IOException {
        return OpenedDirectory.readLink(descriptor, "", path);
    }

    /** Its extended attributes, see {@link ExtendedAttributes}. */
    public SortedMap<String, byte[]> attributes() throws IOException {
        return ExtendedAttributes.read(descriptor, path);
    }

    /** Like {@link #read}, as a channel. */
    public FileChannel readChannel() throws IOException {
        return channel(StandardOpenOption.READ);
    }

    FileChannel channel(StandardOpenOption option) throws IOException {
        if (!status.isRegularFile()) {
            throw new FileSystemException(path, null, "not a regular file");
        }
        return FileChannel.open(descriptor.magicLink(), option);
    }

    Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
