package io.metalimages.cli.command.cache;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.pipeline.cache.CacheKind;
import io.metalimages.pipeline.cache.StateCache;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a state directory holds.
 *
 * @param now the time when that was
 */
record CacheUsageResult(Path state, List<StateCache.Usage> usages, Instant now) implements Result {

    @Override
    public List<String> text(Look look) {
        List<String> lines = new ArrayList<>();
        lines.add(look.styled(Style.BOLD, DisplayText.line(state.toString())));
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

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("state", state.toString());
        members.put("bytes", bytes(usages));
        members.put("removableBytes", bytes(removable()));
        List<Map<String, Object>> kinds = new ArrayList<>();
        for (StateCache.Usage usage : usages) {
            CacheKind kind = usage.kind();
            Map<String, Object> member = new LinkedHashMap<>();
            member.put("kind", kind.name());
            member.put("number", usage.entries());
            member.put("bytes", usage.bytes());
            usage.used().ifPresent(used -> member.put("used", used.toString()));
            member.put("removable", kind.removable());
            kinds.add(member);
        }
        members.put("kinds", kinds);
        return members;
    }
}
