package io.metalimages.pipeline.cache;

import io.metalimages.engine.snapshot.TreeSize;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Files that each stand for themselves, and that their readers take for missing when they are gone. */
final class FileSection implements CacheSection {

    /** Looks into a file. */
    @FunctionalInterface
    interface Reader {

        /** Only that it can be read counts. */
        Reader CONTENT = file -> {
            Files.copy(file, OutputStream.nullOutputStream());
            return true;
        };

        boolean isWhole(Path file) throws IOException;
    }

    private final CacheKind kind;
    private final Path directory;
    private final int depth;
    private final Duration untouched;
    private final Reader reader;

    /**
     * @param depth how many directories are above a file
     * @param untouched a file that was written since may still be in use
     */
    FileSection(CacheKind kind, Path directory, int depth, Duration untouched, Reader reader) {
        this.kind = kind;
        this.directory = directory;
        this.depth = depth;
        this.untouched = untouched;
        this.reader = reader;
    }

    @Override
    public boolean holds(CacheKind other) {
        return kind == other;
    }

    @Override
    public List<Path> directories() {
        return List.of(directory);
    }

    @Override
    public List<CacheEntry> entries() throws IOException {
        List<CacheEntry> entries = new ArrayList<>();
        add(directory, depth, entries);
        return entries;
    }

    private void add(Path parent, int levels, List<CacheEntry> entries) throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(parent)) {
            for (Path child : children) {
                if (levels > 0) {
                    if (!child.getFileName().toString().startsWith(".")) {
                        add(child, levels - 1, entries);
                    }
                } else {
                    entry(child).ifPresent(entries::add);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException gone) {
            // Nothing is there, then.
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private Optional<CacheEntry> entry(Path file) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            String id = directory.relativize(file).toString();
            return Optional.of(new CacheEntry(
                    kind,
                    id,
                    id,
                    Optional.empty(),
                    attributes.lastModifiedTime().toInstant(),
                    attributes.isDirectory() ? TreeSize.of(file).bytes() : attributes.size(),
                    Optional.empty()));
        } catch (NoSuchFileException removedMeanwhile) {
            return Optional.empty();
        }
    }

    @Override
    public boolean remove(CacheEntry entry) throws IOException {
        Path file = directory.resolve(entry.id());
        try {
            Instant modified = Files.getLastModifiedTime(file).toInstant();
            if (!modified.equals(entry.used()) || modified.isAfter(Instant.now().minus(untouched))) {
                return false;
            }
            Files.delete(file);
        } catch (NoSuchFileException gone) {
            return true;
        }
        return true;
    }

    @Override
    public Optional<String> verify(CacheEntry entry) throws IOException {
        Path file = directory.resolve(entry.id());
        try {
            return reader.isWhole(file) ? Optional.empty() : Optional.of(file + " is damaged");
        } catch (NoSuchFileException gone) {
            return Optional.empty();
        } catch (IOException | UncheckedIOException unreadable) {
            return Optional.of(file + " can't be read: " + unreadable.getMessage());
        }
    }
}
