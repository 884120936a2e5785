package io.metalimages.engine.archive;

import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.common.linux.TreeDeletion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Unpacks tar archives, compressed by gzip, bzip2, xz or zstd or not at all, into a directory, by the rules of the
 * Dockerfile's {@code ADD} as BuildKit has them: directories are merged, anything else takes the place of what is there.
 * For the archive that directory is the root of all: no name and no link leads out of it. Belongs to one thread.
 */
public final class ArchiveUnpacker {

    private static final int BUFFER_BYTES = 1 << 18;
    private static final int IMPLIED_DIRECTORY = 0755;

    private final RootDirectory root;
    private final Optional<Owner> owner;

    /** Directories get their times last, as what is put into them changes these. */
    private final Map<String, FileTime> times = new LinkedHashMap<>();

    /** Who everything belongs to, by number. */
    public record Owner(int user, int group) {}

    /** @param owner of everything; empty: as the archive has it */
    public ArchiveUnpacker(RootDirectory root, Optional<Owner> owner) {
        this.root = root;
        this.owner = owner;
    }

    /** Whether {@code input} is an archive with at least one entry. Reads no more than it needs for that. */
    public static boolean isArchive(InputStream input) {
        try {
            return new TarReader(Compression.decompressed(input)).next().isPresent();
        } catch (IOException | RuntimeException noArchive) {
            return false;
        }
    }

    /**
     * Unpacks an archive.
     *
     * @throws InvalidArchiveException if it is damaged, or leads out of the directory
     */
    public void unpack(InputStream input) throws IOException {
        TarReader reader = new TarReader(Compression.decompressed(input));
        for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            unpack(entry.get(), reader);
        }
        for (Map.Entry<String, FileTime> directory : times.entrySet()) {
            Location location = located(directory.getKey());
            try (OpenedDirectory above = opened(location.above())) {
                if (above.status(location.name())
                        .filter(FileStatus::isDirectory)
                        .isPresent()) {
                    above.changeModified(location.name(), directory.getValue());
                }
            }
        }
    }

    /**
     * Where an entry is.
     *
     * @param above the directory, in which links are followed
     * @param name empty for the root itself
     */
    private record Location(String above, String name) {}

    private static Location located(String name) throws InvalidArchiveException {
        Deque<String> names = new ArrayDeque<>();
        for (String component : name.split("/")) {
            if (component.equals("..")) {
                if (names.pollLast() == null) {
                    throw new InvalidArchiveException(name + " leads out of the directory that it is unpacked into");
                }
            } else if (!component.isEmpty() && !component.equals(".")) {
                names.add(component);
            }
        }
        String last = names.isEmpty() ? "" : names.removeLast();
        return new Location("/" + String.join("/", names), last);
    }

    private OpenedDirectory opened(String path) throws IOException {
        return root.makeDirectories(path, IMPLIED_DIRECTORY, 0, 0);
    }

    private void unpack(TarEntry entry, TarReader reader) throws IOException {
        Location location = located(entry.name());
        if (location.name().isEmpty()) {
            return;
        }
        String name = location.name();
        try (OpenedDirectory directory = opened(location.above())) {
            boolean merged = entry.type() == TarEntry.Type.DIRECTORY
                    && directory.status(name).filter(FileStatus::isDirectory).isPresent();
            if (!merged) {
                TreeDeletion.delete(directory, name);
                make(entry, reader, directory, name);
            }
            if (entry.type() != TarEntry.Type.HARD_LINK) {
                describe(entry, directory, name);
            }
        }
    }

    private void make(TarEntry entry, TarReader reader, OpenedDirectory directory, String name) throws IOException {
        switch (entry.type()) {
            case FILE -> {
                try (FileChannel output = directory.createFile(name)) {
                    InputStream content = reader.content();
                    byte[] buffer = new byte[BUFFER_BYTES];
                    for (int length = content.read(buffer); length >= 0; length = content.read(buffer)) {
                        for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length); bytes.hasRemaining(); ) {
                            output.write(bytes);
                        }
                    }
                }
            }
            case DIRECTORY -> directory.makeDirectory(name);
            case SYMBOLIC_LINK -> directory.makeSymbolicLink(name, entry.target());
            case HARD_LINK -> link(entry, directory, name);
            case CHARACTER_DEVICE -> special(directory, name, FileStatus.CHARACTER_DEVICE, entry);
            case BLOCK_DEVICE -> special(directory, name, FileStatus.BLOCK_DEVICE, entry);
            case PIPE -> special(directory, name, FileStatus.PIPE, entry);
        }
    }

    private void link(TarEntry entry, OpenedDirectory directory, String name) throws IOException {
        Location target = located(entry.target());
        try (OpenedDirectory above = opened(target.above())) {
            if (target.name().isEmpty() || above.status(target.name()).isEmpty()) {
                throw new InvalidArchiveException(
                        entry.name() + " is a link to " + entry.target() + ", which is not there");
            }
            directory.makeLink(name, above, target.name());
        }
    }

    private static void special(OpenedDirectory directory, String name, int type, TarEntry entry) throws IOException {
        try {
            directory.makeSpecialFile(name, type, entry.device());
        } catch (AccessDeniedException e) {
            throw new InvalidArchiveException(entry.name() + " is a device, which only root can make");
        }
    }

    /** The owner goes first: changing it takes setuid bits and capabilities away. */
    private void describe(TarEntry entry, OpenedDirectory directory, String name) throws IOException {
        directory.changeOwner(
                name,
                owner.map(Owner::user).orElse(entry.user()),
                owner.map(Owner::group).orElse(entry.group()));
        for (Map.Entry<String, byte[]> attribute : entry.attributes().entrySet()) {
            try {
                directory.writeAttribute(name, attribute.getKey(), attribute.getValue());
            } catch (FileSystemException unsupported) {
                // As in BuildKit, what the file system can't hold is left out.
            }
        }
        if (entry.type() != TarEntry.Type.SYMBOLIC_LINK) {
            directory.changeMode(name, entry.permissions());
        }
        if (entry.type() == TarEntry.Type.DIRECTORY) {
            times.put(entry.name(), entry.modified());
        } else {
            directory.changeModified(name, entry.modified());
        }
    }
}
