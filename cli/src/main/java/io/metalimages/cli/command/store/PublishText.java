package io.metalimages.cli.command.store;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.StoreLayout;
import java.util.ArrayList;
import java.util.List;

/** What became of images that were published as text for people: a line for each, and where it is. */
final class PublishText {

    private final OutputStyle outputStyle;

    PublishText(OutputStyle outputStyle) {
        this.outputStyle = outputStyle;
    }

    List<String> of(PublishResult result) {
        List<String> lines = new ArrayList<>();
        lines.add(
                outputStyle.styled(Style.BOLD, DisplayText.line(result.channel().path() + " in " + result.store())));
        for (Publisher.Published published : result.images()) {
            lines.add("  "
                    + outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " "
                    + published.image().name()
                    + outputStyle.glyphs().separator() + outcome(published.outcome(), result.dryRun())
                    + outputStyle.glyphs().separator() + Quantity.bytes(published.sentBytes())
                    + (result.dryRun() ? " to send" : " sent")
                    + (published.image().tested() ? "" : outputStyle.glyphs().separator() + "untested"));
            lines.add("    " + path(result, published) + "/img.tar.lz4");
            lines.add("    sha256  "
                    + published.image().files().getFirst().fingerprint().sha256());
        }
        return lines;
    }

    private static String outcome(Publisher.Outcome outcome, boolean dryRun) {
        return switch (outcome) {
            case ADDED -> dryRun ? "would be added" : "added";
            case REPLACED -> dryRun ? "would be replaced" : "replaced";
            case UNCHANGED -> "unchanged";
        };
    }

    private static String path(PublishResult result, Publisher.Published published) {
        return StoreLayout.directory(result.channel(), published.image().name()).value();
    }

    /** Where the images are in the store. */
    static List<String> brief(PublishResult result) {
        return result.images().stream()
                .map(published -> path(result, published))
                .toList();
    }
}
