package io.metalimages.cli.command.store;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.StoreLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A release that was withdrawn.
 *
 * @param store its address
 * @param images what it has
 * @param deprecated the ids by which metal-api has them, and gives them to no machine any more; empty if it was not told
 */
record WithdrawResult(
        String store, Channel.Release release, Instant since, List<ImageName> images, Optional<List<String>> deprecated)
        implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        lines.add(outputStyle.styled(
                Style.BOLD, DisplayText.line(release.path() + " in " + store + " is withdrawn since " + since)));
        images.forEach(image -> lines.add(
                "  " + release.path() + "/" + image + outputStyle.glyphs().separator() + "stays until it is pruned"));
        if (deprecated.isPresent()) {
            deprecated
                    .get()
                    .forEach(id -> lines.add("  metal-api gives no machine " + DisplayText.line(id) + " any more"));
            if (deprecated.get().isEmpty()) {
                lines.add("  metal-api has none of them");
            }
        } else {
            lines.add(
                    "  metal-api was not told, and may still give them to machines. To tell it, run this again with --api.");
        }
        return lines;
    }

    @Override
    public List<String> brief() {
        return List.of(StoreLayout.directory(release).value());
    }

    record Document(
            String store, String release, Instant withdrawn, List<String> kept, Optional<List<String>> deprecated) {}

    @Override
    public Document json() {
        return new Document(
                store,
                release.path(),
                since,
                images.stream().map(ImageName::toString).toList(),
                deprecated);
    }
}
