package io.metalimages.cli.command.store;

import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import java.util.List;

/**
 * Images that were published.
 *
 * @param store its address
 * @param dryRun whether they only would be
 */
record PublishResult(String store, Channel channel, boolean dryRun, List<Publisher.Published> images)
        implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return new PublishText(outputStyle).of(this);
    }

    @Override
    public List<String> brief() {
        return PublishText.brief(this);
    }

    record Document(String store, String channel, boolean dryRun, List<Image> published) {}

    /** @param sentBytes what was not there before */
    record Image(String image, Publisher.Outcome outcome, boolean tested, long sentBytes, List<File> files) {

        Image(Publisher.Published published) {
            this(
                    published.image().name().toString(),
                    published.outcome(),
                    published.image().tested(),
                    published.sentBytes(),
                    published.image().files().stream().map(File::new).toList());
        }
    }

    record File(String name, long bytes, String md5, String sha256, String key) {

        File(PublishedImage.PublishedFile file) {
            this(
                    file.name(),
                    file.fingerprint().bytes(),
                    file.fingerprint().md5(),
                    file.fingerprint().sha256().hex(),
                    file.key().value());
        }
    }

    @Override
    public Document json() {
        return new Document(
                store, channel.path(), dryRun, images.stream().map(Image::new).toList());
    }
}
