package io.metalimages.cli.command.push;

import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import io.metalimages.registry.Attachment;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.image.PushedImage;
import io.metalimages.store.push.ImagePusher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image that was pushed.
 *
 * @param name what the user calls it
 */
record PushResult(String name, ImagePusher.Pushed pushed) implements Result {

    PushedImage image() {
        return pushed.image();
    }

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return new PushText(outputStyle).of(this);
    }

    @Override
    public List<String> brief() {
        return List.of(image().name().toString());
    }

    @Override
    public Optional<String> array() {
        return Optional.of("pushes");
    }

    record Document(
            String image,
            String registry,
            String repository,
            List<String> tags,
            String digest,
            String reference,
            Layer layer,
            List<Referrer> referrers,
            Seconds seconds) {}

    /**
     * The root file system.
     *
     * @param sent false if the registry had it
     */
    record Layer(String digest, long bytes, String tarDigest, long tarBytes, boolean sent) {}

    record Referrer(Path file, String type, String digest) {}

    record Seconds(Duration layer, Duration registry) {}

    @Override
    public Document json() {
        PushedImage image = pushed.image();
        List<Attachment> attachments = pushed.attachments();
        List<Referrer> referrers = new ArrayList<>();
        for (int index = 0; index < image.referrers().size(); index++) {
            referrers.add(new Referrer(
                    attachments.get(index).file(),
                    attachments.get(index).type(),
                    Descriptor.written(image.referrers().get(index).digest())));
        }
        return new Document(
                name,
                image.name().registry(),
                image.name().repository(),
                image.tags(),
                Descriptor.written(image.manifest().digest()),
                image.name().toString(),
                new Layer(
                        Descriptor.written(image.layer().descriptor().digest()),
                        image.layer().descriptor().size(),
                        Descriptor.written(image.layer().plainDigest()),
                        image.layer().plainSize(),
                        !image.layerWasThere()),
                referrers,
                new Seconds(pushed.making(), pushed.sending()));
    }
}
