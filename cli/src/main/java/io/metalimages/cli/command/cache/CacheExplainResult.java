package io.metalimages.cli.command.cache;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Why step results are there.
 *
 * @param verbose whether to show the components of their keys
 */
record CacheExplainResult(List<StateCache.Explanation> explanations, boolean verbose, Instant now) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        for (StateCache.Explanation explanation : explanations) {
            CacheEntry entry = explanation.entry();
            lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(entry.name())));
            lines.add("  id     " + entry.id());
            explanation.origin().ifPresent(origin -> addOrigin(origin, lines));
            lines.add("  size   " + Quantity.bytes(entry.bytes())
                    + outputStyle.glyphs().separator() + "last used "
                    + Quantity.ago(Duration.between(entry.used(), now)));
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

    record Document(List<StepResult> results) {}

    /**
     * The result of a step.
     *
     * @param key of the step; empty, with what follows from it, if its record is lost
     * @param below the results that it lies on
     * @param above how many lie on it
     */
    record StepResult(
            @JsonUnwrapped EntryDocument entry,
            Optional<String> key,
            Optional<String> location,
            Optional<String> identity,
            Optional<Map<String, String>> components,
            List<String> below,
            long above) {

        StepResult(StateCache.Explanation explanation) {
            this(
                    new EntryDocument(explanation.entry()),
                    explanation.origin().map(Origin::key),
                    explanation.origin().map(Origin::location),
                    explanation.origin().map(Origin::identity),
                    explanation.origin().map(Origin::components),
                    explanation.below().stream().map(CacheEntry::id).toList(),
                    explanation.above());
        }
    }

    @Override
    public Document json() {
        return new Document(explanations.stream().map(StepResult::new).toList());
    }
}
