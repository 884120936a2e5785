package io.metalimages.cli.command.cache;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.pipeline.cache.StateCache;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was read back from the cache, and what of it is damaged. */
record CacheVerifyResult(StateCache.Verification verification) implements Result {

    @Override
    public List<String> text(Look look) {
        List<String> lines = new ArrayList<>();
        for (StateCache.Damage damage : verification.damages()) {
            lines.add(look.styled(Style.RED, "damaged") + " "
                    + damage.entry().kind().singular() + " "
                    + DisplayText.line(damage.entry().name()) + ": " + DisplayText.line(damage.reason())
                    + (damage.removed() ? look.glyphs().separator() + "removed" : ""));
        }
        lines.add("read " + Quantity.count(verification.entries(), "entry", "entries")
                + look.glyphs().separator() + Quantity.bytes(verification.bytes())
                + look.glyphs().separator()
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

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("entries", verification.entries());
        members.put("bytes", verification.bytes());
        List<Map<String, Object>> damages = new ArrayList<>();
        for (StateCache.Damage damage : verification.damages()) {
            Map<String, Object> member = CacheEntryJson.of(damage.entry());
            member.put("reason", damage.reason());
            member.put("removed", damage.removed());
            damages.add(member);
        }
        members.put("damaged", damages);
        return members;
    }
}
