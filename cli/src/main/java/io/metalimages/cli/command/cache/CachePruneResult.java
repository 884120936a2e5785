package io.metalimages.cli.command.cache;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.output.Result;
import io.metalimages.pipeline.cache.CacheEntry;
import io.metalimages.pipeline.cache.CacheKind;
import io.metalimages.pipeline.cache.StateCache;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What was removed from the cache, or would be. */
record CachePruneResult(StateCache.Pruning pruning, boolean dryRun, Instant now) implements Result {

    private static final int MOST_NAMED = 20;

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        Map<CacheKind, List<CacheEntry>> kinds = new EnumMap<>(CacheKind.class);
        pruning.removed()
                .forEach(entry -> kinds.computeIfAbsent(entry.kind(), _ -> new ArrayList<>())
                        .add(entry));
        String done = dryRun ? "would remove " : "removed ";
        kinds.forEach((kind, entries) -> {
            long bytes = entries.stream().mapToLong(CacheEntry::bytes).sum();
            lines.add(done
                    + Quantity.count(entries.size(), kind.singular(), kind.title())
                    + outputStyle.glyphs().separator()
                    + Quantity.bytes(bytes));
            if (kind == CacheKind.STEP_RESULT || kind == CacheKind.FAILED_STEP || kind == CacheKind.CACHE_MOUNT) {
                entries.stream().limit(MOST_NAMED).forEach(entry -> lines.add("  " + row(outputStyle, entry)));
                if (entries.size() > MOST_NAMED) {
                    lines.add("  and " + (entries.size() - MOST_NAMED) + " more");
                }
            }
        });
        pruning.inUse().forEach(entry -> lines.add("in use: " + row(outputStyle, entry)));
        lines.add((dryRun ? "would free " : "freed ")
                + Quantity.bytes(pruning.freed())
                + outputStyle.glyphs().separator()
                + Quantity.bytes(pruning.left())
                + (dryRun ? " would stay" : " stay"));
        return lines;
    }

    private String row(OutputStyle outputStyle, CacheEntry entry) {
        return DisplayText.line(entry.name())
                + outputStyle.glyphs().separator()
                + entry.useless().orElse("last used " + Quantity.ago(Duration.between(entry.used(), now)));
    }

    /** The bytes that are free now. */
    @Override
    public List<String> brief() {
        return List.of(Long.toString(pruning.freed()));
    }

    record Document(
            boolean dryRun, long freedBytes, long leftBytes, List<EntryDocument> removed, List<EntryDocument> inUse) {}

    @Override
    public Document json() {
        return new Document(
                dryRun,
                pruning.freed(),
                pruning.left(),
                pruning.removed().stream().map(EntryDocument::new).toList(),
                pruning.inUse().stream().map(EntryDocument::new).toList());
    }
}
