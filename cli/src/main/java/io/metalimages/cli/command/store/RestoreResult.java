package io.metalimages.cli.command.store;

import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.StoreLayout;
import java.util.List;

/**
 * Images that were put back into their channel.
 *
 * @param store its address
 */
record RestoreResult(String store, Channel channel, List<PublishedImage> images) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return images.stream()
                .map(image ->
                        outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " " + channel.path() + "/"
                                + image.name() + " is back")
                .toList();
    }

    @Override
    public List<String> brief() {
        return images.stream()
                .map(image -> StoreLayout.directory(channel, image.name()).value())
                .toList();
    }

    record Document(String store, String channel, List<String> restored) {}

    @Override
    public Document json() {
        return new Document(
                store,
                channel.path(),
                images.stream().map(image -> image.name().toString()).toList());
    }
}
