package io.metalimages.engine.archive;

import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OverlayFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.Optional;

/** Makes the file that an entry describes, in a directory that is open. Belongs to one thread. */
final class EntryWriter {

    private static final int BUFFER_BYTES = 1 << 18;

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final TarReader reader;
    private final Optional<ArchiveUnpacker.Owner> owner;

    /** @param owner of everything; empty: as the archive has it */
    EntryWriter(TarReader reader, Optional<ArchiveUnpacker.Owner> owner) {
        this.reader = reader;
        this.owner = owner;
    }

    /** Makes what the reader is at, which is no hard link, where there is nothing. */
    void make(TarEntry entry, OpenedDirectory directory, String name) throws IOException {
        switch (entry.type()) {
            case FILE -> {
                try (FileChannel output = directory.createFile(name)) {
                    InputStream content = reader.content();
                    for (int length = content.read(buffer); length >= 0; length = content.read(buffer)) {
                        for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length); bytes.hasRemaining(); ) {
                            output.write(bytes);
                        }
                    }
                }
            }
            case DIRECTORY -> directory.makeDirectory(name);
            case SYMBOLIC_LINK -> directory.makeSymbolicLink(name, entry.target());
            case CHARACTER_DEVICE -> special(directory, name, FileStatus.CHARACTER_DEVICE, entry);
            case BLOCK_DEVICE -> special(directory, name, FileStatus.BLOCK_DEVICE, entry);
            case PIPE -> special(directory, name, FileStatus.PIPE, entry);
            case HARD_LINK -> throw new IllegalArgumentException(entry.name() + " is a link.");
        }
    }

    private static void special(OpenedDirectory directory, String name, int type, TarEntry entry) throws IOException {
        try {
            directory.makeSpecialFile(name, type, entry.device());
        } catch (AccessDeniedException e) {
            throw new InvalidArchiveException(entry.name() + " is a device, which only root can make");
        }
    }

    /**
     * Gives a file all but its time. The owner goes first: changing it takes setuid bits and capabilities away. What belongs
     * to an overlay is none of the file's attributes.
     */
    void describe(TarEntry entry, OpenedDirectory directory, String name) throws IOException {
        directory.changeOwner(
                name,
                owner.map(ArchiveUnpacker.Owner::user).orElse(entry.user()),
                owner.map(ArchiveUnpacker.Owner::group).orElse(entry.group()));
        for (Map.Entry<String, byte[]> attribute : entry.attributes().entrySet()) {
            if (OverlayFormat.isOwnAttribute(attribute.getKey())) {
                continue;
            }
            try {
                directory.writeAttribute(name, attribute.getKey(), attribute.getValue());
            } catch (FileSystemException unsupported) {
                // As in BuildKit, what the file system can't hold is left out.
            }
        }
        if (entry.type() != TarEntry.Type.SYMBOLIC_LINK) {
            directory.changeMode(name, entry.permissions());
        }
    }
}
