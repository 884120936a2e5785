package io.metalimages.cli.command.cache;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.pipeline.cache.StateCache;
import java.util.ArrayList;
import java.util.List;

/** What was read back from the cache, and what of it is damaged. */
record CacheVerifyResult(StateCache.Verification verification) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        for (StateCache.Damage damage : verification.damages()) {
            lines.add(outputStyle.styled(Style.RED, "damaged") + " "
                    + damage.entry().kind().singular() + " "
                    + DisplayText.line(damage.entry().name()) + ": " + DisplayText.line(damage.reason())
                    + (damage.removed() ? outputStyle.glyphs().separator() + "removed" : ""));
        }
        lines.add("read " + Quantity.count(verification.entries(), "entry", "entries")
                + outputStyle.glyphs().separator() + Quantity.bytes(verification.bytes())
                + outputStyle.glyphs().separator()
                + (verification.damages().isEmpty()
                        ? "nothing"
                        : verification.damages().size())
                + " damaged");
        return lines;
    }

    @Override
    public List<String> brief() {
        return verification.damages().stream()
                .map(damage -> damage.entry().id())
                .toList();
    }

    record Document(long entries, long bytes, List<Damage> damaged) {}

    record Damage(@JsonUnwrapped EntryDocument entry, String reason, boolean removed) {

        Damage(StateCache.Damage damage) {
            this(new EntryDocument(damage.entry()), damage.reason(), damage.removed());
        }
    }

    @Override
    public Document json() {
        return new Document(
                verification.entries(),
                verification.bytes(),
                verification.damages().stream().map(Damage::new).toList());
    }
}
