package io.metalimages.cli.command.cache;

import io.metalimages.pipeline.cache.CacheEntry;
import io.metalimages.pipeline.cache.CacheKind;
import java.time.Instant;
import java.util.Optional;

/**
 * An entry of the cache, for programs.
 *
 * @param useless why nothing will use it again
 */
record EntryDocument(
        CacheKind kind,
        String id,
        String name,
        Optional<String> parent,
        Instant used,
        long bytes,
        Optional<String> useless) {

    EntryDocument(CacheEntry entry) {
        this(entry.kind(), entry.id(), entry.name(), entry.parent(), entry.used(), entry.bytes(), entry.useless());
    }
}
