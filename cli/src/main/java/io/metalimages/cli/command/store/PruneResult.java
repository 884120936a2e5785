package io.metalimages.cli.command.store;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.retention.PrunePlan;
import java.util.ArrayList;
import java.util.List;
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
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        boolean done = deleted.isPresent();
        lines.add(outputStyle.styled(Style.BOLD, DisplayText.line(store)));
        plan.going()
                .forEach(judged -> lines.add(row(outputStyle, done ? "went" : "goes", judged)
                        + outputStyle.glyphs().separator()
                        + Quantity.bytes(judged.bytes())));
        plan.kept().forEach(judged -> lines.add(row(outputStyle, "stays", judged)));
        lines.add("  trash " + (done ? "has " : "would have ") + contents(plan.unneeded())
                + " that no channel needs, for " + Quantity.count(trashDays, "day"));
        lines.add("  "
                + deleted.map(contents -> "deleted " + contents(contents))
                        .orElseGet(() -> "would delete " + contents(plan.ripe()) + " that waited so long"));
        plan.restorable()
                .forEach(image -> lines.add("  in the trash: " + image.channel().path() + "/"
                        + image.image().name() + outputStyle.glyphs().separator() + "metal-images prune --restore "
                        + image.channel().path()));
        if (!done) {
            lines.add("  Nothing was changed. To do it: --yes");
        }
        return lines;
    }

    private static String row(OutputStyle outputStyle, String word, PrunePlan.Judged judged) {
        return "  %-5s ".formatted(word) + judged.channel().path() + "/"
                + judged.image().name() + outputStyle.glyphs().separator() + judged.reason();
    }

    private static String contents(PrunePlan.Contents contents) {
        return Quantity.count(contents.number(), "content") + " (" + Quantity.bytes(contents.bytes()) + ")";
    }

    /** What goes. */
    @Override
    public List<String> brief() {
        return plan.going().stream()
                .map(judged -> StoreLayout.directory(
                                judged.channel(), judged.image().name())
                        .value())
                .toList();
    }

    /**
     * @param going what leaves its channel
     * @param unneeded what no channel needs any more
     * @param ripe what of that has waited long enough to be deleted
     */
    record Document(
            String store,
            boolean done,
            List<JudgedImage> going,
            List<JudgedImage> kept,
            PrunePlan.Contents unneeded,
            PrunePlan.Contents ripe,
            List<TrashedImage> restorable,
            Optional<PrunePlan.Contents> deleted) {}

    record JudgedImage(String channel, String image, long bytes, String reason) {

        JudgedImage(PrunePlan.Judged judged) {
            this(judged.channel().path(), judged.image().name().toString(), judged.bytes(), judged.reason());
        }
    }

    record TrashedImage(String channel, String image) {}

    @Override
    public Document json() {
        return new Document(
                store,
                deleted.isPresent(),
                plan.going().stream().map(JudgedImage::new).toList(),
                plan.kept().stream().map(JudgedImage::new).toList(),
                plan.unneeded(),
                plan.ripe(),
                plan.restorable().stream()
                        .map(image -> new TrashedImage(
                                image.channel().path(), image.image().name().toString()))
                        .toList(),
                deleted);
    }
}
