package io.metalimages.cli.command.cache;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.pipeline.cache.CacheKind;
import io.metalimages.pipeline.cache.StateCache;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a state directory holds.
 *
 * @param now the time when that was
 */
record CacheUsageResult(Path state, List<StateCache.Usage> usages, Instant now) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(state.toString())));
        lines.add(row("", "number", "size", "last used"));
        for (StateCache.Usage usage : usages) {
            lines.add(row(
                    usage.kind().title(),
                    String.format(Locale.ROOT, "%,d", usage.entries()),
                    Quantity.bytes(usage.bytes()),
                    usage.used()
                            .map(used -> Quantity.ago(Duration.between(used, now)))
                            .orElse("")));
        }
        lines.add(row("together", "", Quantity.bytes(bytes(usages)), ""));
        lines.add(
                "  " + Quantity.bytes(bytes(removable())) + " of that can be removed: metal-images cache prune --all");
        return lines;
    }

    private static String row(String kind, String number, String size, String used) {
        return String.format(Locale.ROOT, "  %-18s %7s %12s  %s", kind, number, size, used)
                .stripTrailing();
    }

    private List<StateCache.Usage> removable() {
        return usages.stream().filter(usage -> usage.kind().removable()).toList();
    }

    private static long bytes(List<StateCache.Usage> usages) {
        return usages.stream().mapToLong(StateCache.Usage::bytes).sum();
    }

    @Override
    public List<String> brief() {
        return List.of(Long.toString(bytes(usages)));
    }

    record Document(Path state, long bytes, long removableBytes, List<Kind> kinds) {}

    record Kind(CacheKind kind, long number, long bytes, Optional<Instant> used, boolean removable) {

        Kind(StateCache.Usage usage) {
            this(
                    usage.kind(),
                    usage.entries(),
                    usage.bytes(),
                    usage.used(),
                    usage.kind().removable());
        }
    }

    @Override
    public Document json() {
        return new Document(
                state,
                bytes(usages),
                bytes(removable()),
                usages.stream().map(Kind::new).toList());
    }
}
