package io.metalimages.pipeline.cache;

import java.time.Instant;
import java.util.Optional;

/**
 * One thing in the state directory that is kept or removed as a whole.
 *
 * @param id distinct within its kind
 * @param name what a user knows it by; the id if there is nothing better
 * @param parent the id of the step result that it needs
 * @param used when it was last used or written
 * @param bytes that it takes without what it needs
 * @param useless why nothing will ever use it again; empty as a rule
 */
public record CacheEntry(
        CacheKind kind,
        String id,
        String name,
        Optional<String> parent,
        Instant used,
        long bytes,
        Optional<String> useless) {}
