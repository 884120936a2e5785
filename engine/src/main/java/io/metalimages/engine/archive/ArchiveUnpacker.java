package io.metalimages.engine.archive;

import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.common.linux.TreeDeletion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Unpacks tar archives, compressed by gzip, bzip2, xz or zstd or not at all, into a directory, by the rules of the
 * Dockerfile's {@code ADD} as BuildKit has them: directories are merged, anything else takes the place of what is there.
 * For the archive that directory is the root of all: no name and no link leads out of it. Belongs to one thread.
 */
public final class ArchiveUnpacker {

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
        EntryWriter writer = new EntryWriter(reader, owner);
        for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            unpack(entry.get(), writer);
        }
        for (Map.Entry<String, FileTime> directory : times.entrySet()) {
            EntryLocation location = EntryLocation.of(directory.getKey());
            try (OpenedDirectory above = opened(location.above())) {
                if (above.status(location.name())
                        .filter(FileStatus::isDirectory)
                        .isPresent()) {
                    above.changeModified(location.name(), directory.getValue());
                }
            }
        }
    }

    private OpenedDirectory opened(String path) throws IOException {
        return root.makeDirectories(path, IMPLIED_DIRECTORY, 0, 0);
    }

    private void unpack(TarEntry entry, EntryWriter writer) throws IOException {
        EntryLocation location = EntryLocation.of(entry.name());
        if (location.isRoot()) {
            return;
        }
        String name = location.name();
        try (OpenedDirectory directory = opened(location.above())) {
            if (entry.type() == TarEntry.Type.HARD_LINK) {
                TreeDeletion.delete(directory, name);
                link(entry, directory, name);
                return;
            }
            boolean merged = entry.type() == TarEntry.Type.DIRECTORY
                    && directory.status(name).filter(FileStatus::isDirectory).isPresent();
            if (!merged) {
                TreeDeletion.delete(directory, name);
                writer.make(entry, directory, name);
            }
            writer.describe(entry, directory, name);
            if (entry.type() == TarEntry.Type.DIRECTORY) {
                times.put(entry.name(), entry.modified());
            } else {
                directory.changeModified(name, entry.modified());
            }
        }
    }

    private void link(TarEntry entry, OpenedDirectory directory, String name) throws IOException {
        EntryLocation target = EntryLocation.of(entry.target());
        try (OpenedDirectory above = opened(target.above())) {
            if (target.isRoot() || above.status(target.name()).isEmpty()) {
                throw new InvalidArchiveException(
                        entry.name() + " is a link to " + entry.target() + ", which is not there");
            }
            directory.makeLink(name, above, target.name());
        }
    }
}
