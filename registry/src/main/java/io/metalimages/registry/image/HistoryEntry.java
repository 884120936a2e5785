package io.metalimages.registry.image;

import java.time.Instant;
import java.util.Optional;

/**
 * One step that made an image.
 *
 * @param createdBy what was done, for people
 * @param comment which program says so
 * @param emptyLayer whether the step has changed no file, so that no layer belongs to it
 */
public record HistoryEntry(Optional<Instant> created, String createdBy, String comment, boolean emptyLayer) {}
