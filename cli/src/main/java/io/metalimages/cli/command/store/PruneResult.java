package io.metalimages.cli.command.store;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.JsonText;
import io.metalimages.cli.output.Result;
import io.metalimages.store.retention.PrunePlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was pruned, or would be.
 *
 * @param store its address
 * @param deleted the contents that were; empty if nothing was to be changed
 */
record PruneResult(String store, PrunePlan plan, int trashDays, Optional<PrunePlan.Contents> deleted)
        implements Result {

    @Override
    public List<String> text(Look look) {
        List<String> lines = new ArrayList<>();
        boolean done = deleted.isPresent();
        lines.add(look.styled(Style.BOLD, DisplayText.line(store)));
        plan.going()
                .forEach(judged -> lines.add(row(look, done ? "went" : "goes", judged)
                        + look.glyphs().separator()
                        + Quantity.bytes(judged.bytes())));
        plan.kept().forEach(judged -> lines.add(row(look, "stays", judged)));
        lines.add("  trash " + (done ? "has " : "would have ") + contents(plan.unneeded())
                + " that no channel needs, for " + Quantity.count(trashDays, "day"));
        lines.add("  "
                + deleted.map(contents -> "deleted " + contents(contents))
                        .orElseGet(() -> "would delete " + contents(plan.ripe()) + " that waited so long"));
        plan.restorable()
                .forEach(image -> lines.add("  in the trash: " + image.channel().path() + "/"
                        + image.image().name() + look.glyphs().separator() + "metal-images prune --restore "
                        + image.channel().path()));
        if (!done) {
            lines.add("  Nothing was changed. To do it: --yes");
        }
        return lines;
    }

    private static String row(Look look, String word, PrunePlan.Judged judged) {
        return "  %-5s ".formatted(word) + judged.channel().path() + "/"
                + judged.image().name() + look.glyphs().separator() + judged.reason();
    }

    private static String contents(PrunePlan.Contents contents) {
        return Quantity.count(contents.number(), "content") + " (" + Quantity.bytes(contents.bytes()) + ")";
    }

    /** What goes. */
    @Override
    public List<String> brief() {
        return plan.going().stream()
                .map(judged -> "metal-os/" + judged.channel().path() + "/"
                        + judged.image().name())
                .toList();
    }

    @Override
    public Map<String, Object> json() {
        PrunePlan plan = plan();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", store());
        members.put("done", deleted().isPresent());
        members.put("going", plan.going().stream().map(PruneResult::judged).toList());
        members.put("kept", plan.kept().stream().map(PruneResult::judged).toList());
        members.put("unneeded", members(plan.unneeded()));
        members.put("ripe", members(plan.ripe()));
        members.put(
                "restorable",
                plan.restorable().stream()
                        .map(image -> JsonText.pair(
                                "channel",
                                image.channel().path(),
                                "image",
                                image.image().name().toString()))
                        .toList());
        deleted().ifPresent(deleted -> members.put("deleted", members(deleted)));
        return members;
    }

    private static Map<String, Object> judged(PrunePlan.Judged judged) {
        Map<String, Object> members = JsonText.pair(
                "channel",
                judged.channel().path(),
                "image",
                judged.image().name().toString());
        members.put("bytes", judged.bytes());
        members.put("reason", judged.reason());
        return members;
    }

    private static Map<String, Object> members(PrunePlan.Contents contents) {
        return JsonText.pair("number", contents.number(), "bytes", contents.bytes());
    }
}
