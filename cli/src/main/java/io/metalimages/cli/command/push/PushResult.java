package io.metalimages.cli.command.push;

import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.JsonText;
import io.metalimages.cli.output.Result;
import io.metalimages.registry.Attachment;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.image.PushedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that was pushed.
 *
 * @param name what the user calls it
 * @param attachments in the order of the image's referrers
 * @param making how long it took to make the layer
 * @param sending how long all the rest took
 */
record PushResult(String name, PushedImage image, List<Attachment> attachments, Duration making, Duration sending)
        implements Result {

    @Override
    public List<String> text(Look look) {
        return new PushText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return List.of(image.name().toString());
    }

    @Override
    public Optional<String> array() {
        return Optional.of("pushes");
    }

    @Override
    public Map<String, Object> json() {
        PushedImage image = image();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", name());
        members.put("registry", image.name().registry());
        members.put("repository", image.name().repository());
        members.put("tags", image.tags());
        members.put("digest", Descriptor.written(image.manifest().digest()));
        members.put("reference", image.name().toString());
        Map<String, Object> layer = new LinkedHashMap<>();
        layer.put("digest", Descriptor.written(image.layer().descriptor().digest()));
        layer.put("bytes", image.layer().descriptor().size());
        layer.put("tarDigest", Descriptor.written(image.layer().plainDigest()));
        layer.put("tarBytes", image.layer().plainSize());
        layer.put("sent", !image.layerWasThere());
        members.put("layer", layer);
        List<Map<String, Object>> referrers = new ArrayList<>();
        for (int index = 0; index < image.referrers().size(); index++) {
            Map<String, Object> referrer = new LinkedHashMap<>();
            referrer.put("file", attachments().get(index).file().toString());
            referrer.put("type", attachments().get(index).type());
            referrer.put(
                    "digest", Descriptor.written(image.referrers().get(index).digest()));
            referrers.add(referrer);
        }
        members.put("referrers", referrers);
        members.put(
                "seconds", JsonText.pair("layer", JsonText.seconds(making()), "registry", JsonText.seconds(sending())));
        return members;
    }
}
