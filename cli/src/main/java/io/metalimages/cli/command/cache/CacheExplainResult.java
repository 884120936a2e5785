package io.metalimages.cli.command.cache;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.engine.snapshot.Origin;
import io.metalimages.pipeline.cache.CacheEntry;
import io.metalimages.pipeline.cache.CacheKind;
import io.metalimages.pipeline.cache.StateCache;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Why step results are there.
 *
 * @param verbose whether to show the components of their keys
 */
record CacheExplainResult(List<StateCache.Explanation> explanations, boolean verbose, Instant now) implements Result {

    @Override
    public List<String> text(Look look) {
        List<String> lines = new ArrayList<>();
        for (StateCache.Explanation explanation : explanations) {
            CacheEntry entry = explanation.entry();
            lines.add(look.styled(Style.BOLD, DisplayText.line(entry.name())));
            lines.add("  id     " + entry.id());
            explanation.origin().ifPresent(origin -> addOrigin(origin, lines));
            lines.add("  size   " + Quantity.bytes(entry.bytes())
                    + look.glyphs().separator() + "last used " + Quantity.ago(Duration.between(entry.used(), now)));
            if (!explanation.below().isEmpty()) {
                lines.add("  on     "
                        + DisplayText.line(explanation.below().getLast().name())
                        + (explanation.below().size() > 1
                                ? " and " + Quantity.count(explanation.below().size() - 1L, "result") + " below that"
                                : ""));
            }
            lines.add("  " + (entry.useless().isPresent() ? "goes   " : "kept   ") + reason(explanation));
        }
        if (explanations.isEmpty()) {
            lines.add("There are no step results.");
        }
        return lines;
    }

    private void addOrigin(Origin origin, List<String> lines) {
        lines.add("  key    " + origin.key());
        if (!origin.location().isEmpty()) {
            lines.add("  at     " + DisplayText.line(origin.location()));
        }
        if (verbose) {
            origin.components()
                    .forEach((name, digest) ->
                            lines.add("    " + digest.substring(0, 12) + "  " + DisplayText.line(name)));
        }
    }

    private static String reason(StateCache.Explanation explanation) {
        CacheEntry entry = explanation.entry();
        if (entry.useless().isPresent()) {
            return entry.useless().get();
        }
        String reason = entry.kind() == CacheKind.FAILED_STEP
                ? "what a failed step left: metal-images shell --step "
                        + entry.id().substring(0, 12)
                : "the newest result of its step";
        return explanation.above() == 0
                ? reason
                : reason + ", and " + Quantity.count(explanation.above(), "other") + " on it";
    }

    @Override
    public List<String> brief() {
        return explanations.stream()
                .map(explanation -> explanation.entry().id())
                .toList();
    }

    @Override
    public Map<String, Object> json() {
        List<Map<String, Object>> results = new ArrayList<>();
        for (StateCache.Explanation explanation : explanations) {
            Map<String, Object> member = CacheEntryJson.of(explanation.entry());
            explanation.origin().ifPresent(origin -> {
                member.put("key", origin.key());
                member.put("location", origin.location());
                member.put("identity", origin.identity());
                member.put("components", origin.components());
            });
            member.put("below", explanation.below().stream().map(CacheEntry::id).toList());
            member.put("above", explanation.above());
            results.add(member);
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("results", results);
        return members;
    }
}
