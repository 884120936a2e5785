package io.metalimages.cli.command.store;

import io.metalimages.catalog.CatalogWriter;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.object.ObjectKey;
import java.util.ArrayList;
import java.util.List;

/**
 * Web pages that were written.
 *
 * @param store where to: its address
 * @param address where they are seen
 * @param dryRun whether they only would be
 */
record CatalogResult(String store, PublicUrl address, boolean dryRun, CatalogWriter.Written written) implements Result {

    private static final int MOST_NAMED = 10;

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(Style.BOLD, DisplayText.line("catalog in " + store)));
        int unchanged = written.objects() - written.written().size();
        lines.add("  " + outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " "
                + written.written().size() + (dryRun ? " would be written" : " written")
                + outputStyle.glyphs().separator() + Quantity.bytes(written.bytes())
                + outputStyle.glyphs().separator() + unchanged + " unchanged"
                + outputStyle.glyphs().separator() + written.deleted().size()
                + (dryRun ? " would be deleted" : " deleted"));
        if (dryRun) {
            addNames(lines, "+ ", written.written());
            addNames(lines, "- ", written.deleted());
        }
        lines.add("    " + brief().getFirst());
        return lines;
    }

    private static void addNames(List<String> lines, String sign, List<ObjectKey> keys) {
        keys.stream().limit(MOST_NAMED).forEach(key -> lines.add("    " + sign + key));
        if (keys.size() > MOST_NAMED) {
            lines.add("    " + sign + "and " + (keys.size() - MOST_NAMED) + " more");
        }
    }

    @Override
    public List<String> brief() {
        return List.of(address + "/index.html");
    }

    record Document(
            String store,
            String page,
            boolean dryRun,
            int objects,
            List<String> written,
            long writtenBytes,
            List<String> deleted) {}

    @Override
    public Document json() {
        return new Document(
                store,
                brief().getFirst(),
                dryRun,
                written.objects(),
                written.written().stream().map(ObjectKey::value).toList(),
                written.bytes(),
                written.deleted().stream().map(ObjectKey::value).toList());
    }
}
