package io.metalimages.pipeline.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Things in the state directory that are looked at and removed in the same way. */
sealed interface CacheSection permits SnapshotSection, MountSection, FileSection {

    /** Whether entries of that kind are its. */
    boolean holds(CacheKind kind);

    /** Where its entries and what leads to them lie; nothing else does. */
    List<Path> directories();

    /** What is there, in no order. What comes or goes meanwhile is there or not. */
    List<CacheEntry> entries() throws IOException;

    /**
     * Takes an entry away, in one step, unless it is in use or was used since it was looked at.
     *
     * @return whether it is gone
     */
    boolean remove(CacheEntry entry) throws IOException;

    /** Reads an entry from disk; says what is wrong with it, or nothing. */
    Optional<String> verify(CacheEntry entry) throws IOException;
}
