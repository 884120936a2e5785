package io.metalimages.store.object;

import java.time.Instant;

/**
 * What a store knows of an object without reading it.
 *
 * @param bytes its size
 * @param modified when its content came to be, by the store's clock
 */
public record ObjectSummary(ObjectKey key, long bytes, Instant modified, ObjectVersion version) {}
