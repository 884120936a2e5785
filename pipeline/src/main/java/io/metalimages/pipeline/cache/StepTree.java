package io.metalimages.pipeline.cache;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Entries by what lies on what. Not thread-safe. */
final class StepTree {

    private final List<CacheEntry> entries;
    private final Map<String, CacheEntry> results = new HashMap<>();
    private final Map<String, Long> lyingOn = new HashMap<>();
    private final Map<String, Instant> usedAbove = new HashMap<>();

    StepTree(List<CacheEntry> entries) {
        this.entries = List.copyOf(entries);
        for (CacheEntry entry : entries) {
            if (entry.kind() == CacheKind.STEP_RESULT) {
                results.put(entry.id(), entry);
            }
            entry.parent().ifPresent(parent -> lyingOn.merge(parent, 1L, Long::sum));
        }
        for (CacheEntry entry : entries) {
            for (CacheEntry below : below(entry)) {
                usedAbove.merge(below.id(), entry.used(), (one, other) -> one.isAfter(other) ? one : other);
            }
        }
    }

    /** What {@code entry} lies on, the lowest first. */
    List<CacheEntry> below(CacheEntry entry) {
        SequencedMap<String, CacheEntry> below = new LinkedHashMap<>();
        Optional<CacheEntry> current = resultBelow(entry);
        while (current.isPresent() && below.putIfAbsent(current.get().id(), current.get()) == null) {
            current = resultBelow(current.get());
        }
        return List.copyOf(below.sequencedValues().reversed());
    }

    private Optional<CacheEntry> resultBelow(CacheEntry entry) {
        return entry.parent().flatMap(parent -> Optional.ofNullable(results.get(parent)));
    }

    /** How many entries lie directly on {@code entry}. */
    long above(CacheEntry entry) {
        return entry.kind() == CacheKind.STEP_RESULT ? lyingOn.getOrDefault(entry.id(), 0L) : 0;
    }

    boolean isNeeded(CacheEntry entry) {
        return above(entry) > 0;
    }

    /** When {@code entry}, or anything that lies on it, was last used. */
    Instant used(CacheEntry entry) {
        Instant above = usedAbove.getOrDefault(entry.id(), Instant.MIN);
        return entry.kind() == CacheKind.STEP_RESULT && above.isAfter(entry.used()) ? above : entry.used();
    }

    /** What was not used for the longest time first, and nothing before what lies on it. */
    List<CacheEntry> leavesAndOldestFirst() {
        Map<CacheEntry, Integer> depths = new HashMap<>();
        entries.forEach(entry -> depths.put(entry, below(entry).size()));
        return entries.stream()
                .sorted(Comparator.comparing(
                                (CacheEntry entry) -> entry.useless().isEmpty())
                        .thenComparing(this::used)
                        .thenComparingInt(entry -> -depths.getOrDefault(entry, 0)))
                .toList();
    }

    void removed(CacheEntry entry) {
        entry.parent().ifPresent(parent -> lyingOn.merge(parent, -1L, Long::sum));
    }
}
