package io.metalimages.cli;

import io.metalimages.registry.Attachment;
import io.metalimages.registry.PushedImage;
import java.time.Duration;
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
        return JsonText.push(this);
    }
}
