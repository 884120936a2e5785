package io.metalimages.cli.command.store;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.StoreLayout;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * What is in a store.
 *
 * @param store its address
 */
record StoreListing(String store, List<ListedChannel> channels) implements Result {

    StoreListing {
        channels = List.copyOf(channels);
    }

    @Override
    public List<String> text(OutputStyle outputStyle) {
        List<String> lines = new ArrayList<>();
        for (ListedChannel channel : channels) {
            lines.add(heading(channel, outputStyle));
            channel.images().forEach(image -> lines.add(line(channel, image, outputStyle)));
        }
        return lines;
    }

    private static String heading(ListedChannel channel, OutputStyle outputStyle) {
        String separator = outputStyle.glyphs().separator();
        long bytes = channel.images().stream().mapToLong(PublishedImage::bytes).sum();
        return outputStyle.styled(Style.BOLD, channel.channel().path())
                + separator
                + Quantity.count(channel.images().size(), "image")
                + separator
                + Quantity.bytes(bytes)
                + channel.index()
                        .flatMap(ChannelIndex::withdrawn)
                        .map(since -> separator + "withdrawn since " + since)
                        .orElse("")
                + channel.trouble()
                        .map(trouble -> separator + "unreadable: " + DisplayText.line(trouble))
                        .orElse("");
    }

    private static String line(ListedChannel channel, PublishedImage image, OutputStyle outputStyle) {
        String separator = outputStyle.glyphs().separator();
        return "  " + image.name() + separator
                + LocalDate.ofInstant(image.published(), ZoneOffset.UTC) + separator
                + Quantity.bytes(image.bytes()) + separator
                + (image.isSigned() ? "signed" : "not signed") + separator
                + (image.tested() ? "tested" : "untested")
                + image.standIn()
                        .map(real -> separator + "stand-in: " + DisplayText.line(real))
                        .orElse("")
                + channel.ids(image)
                        .map(ids -> separator
                                + (ids.isEmpty()
                                        ? "not registered"
                                        : "registered as " + DisplayText.line(String.join(", ", ids))))
                        .orElse("");
    }

    @Override
    public List<String> brief() {
        return channels.stream()
                .flatMap(channel -> channel.images().stream()
                        .map(image -> StoreLayout.directory(channel.channel(), image.name())
                                .value()))
                .toList();
    }

    record Document(String store, List<ListedChannel.Document> channels) {}

    @Override
    public Document json() {
        return new Document(store, channels.stream().map(ListedChannel::json).toList());
    }
}
