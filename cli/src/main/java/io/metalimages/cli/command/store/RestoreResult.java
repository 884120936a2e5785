package io.metalimages.cli.command.store;

import io.metalimages.cli.display.Look;
import io.metalimages.cli.display.Style;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.PublishedImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Images that were put back into their channel.
 *
 * @param store its address
 */
record RestoreResult(String store, Channel channel, List<PublishedImage> images) implements Result {

    @Override
    public List<String> text(Look look) {
        return images.stream()
                .map(image -> look.styled(Style.GREEN, look.glyphs().done()) + " " + channel.path() + "/" + image.name()
                        + " is back")
                .toList();
    }

    @Override
    public List<String> brief() {
        return images.stream()
                .map(image -> "metal-os/" + channel.path() + "/" + image.name())
                .toList();
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", store());
        members.put("channel", channel().path());
        members.put(
                "restored",
                images().stream().map(image -> image.name().toString()).toList());
        return members;
    }
}
