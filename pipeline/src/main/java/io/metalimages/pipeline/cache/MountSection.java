package io.metalimages.pipeline.cache;

import io.metalimages.engine.snapshot.TreeSize;
import io.metalimages.engine.work.CacheMounts;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The directories of {@code RUN --mount=type=cache}. Their content is the steps' own, and never damaged as far as one can tell. */
final class MountSection implements CacheSection {

    private final CacheMounts mounts;
    private final Path directory;

    /** @param directory where they are */
    MountSection(CacheMounts mounts, Path directory) {
        this.mounts = mounts;
        this.directory = directory;
    }

    @Override
    public boolean holds(CacheKind kind) {
        return kind == CacheKind.CACHE_MOUNT;
    }

    @Override
    public List<Path> directories() {
        return List.of(directory);
    }

    @Override
    public List<CacheEntry> entries() throws IOException {
        List<CacheEntry> entries = new ArrayList<>();
        for (CacheMounts.Entry entry : mounts.entries()) {
            entries.add(new CacheEntry(
                    CacheKind.CACHE_MOUNT,
                    entry.name(),
                    entry.id().isEmpty() ? entry.name() : entry.id(),
                    Optional.empty(),
                    entry.used(),
                    size(entry),
                    Optional.empty()));
        }
        return entries;
    }

    private long size(CacheMounts.Entry entry) throws IOException {
        try {
            return TreeSize.of(mounts.path(entry)).bytes();
        } catch (NoSuchFileException removedMeanwhile) {
            return 0;
        }
    }

    @Override
    public boolean remove(CacheEntry entry) throws IOException {
        return mounts.remove(new CacheMounts.Entry(entry.id(), entry.name(), entry.used()));
    }

    @Override
    public Optional<String> verify(CacheEntry entry) {
        return Optional.empty();
    }
}
