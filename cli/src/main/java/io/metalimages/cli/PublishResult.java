package io.metalimages.cli;

import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.Publisher;
import java.util.List;
import java.util.Map;

/**
 * Images that were published.
 *
 * @param store its address
 * @param dryRun whether they only would be
 */
record PublishResult(String store, Channel channel, boolean dryRun, List<Publisher.Published> images)
        implements Result {

    @Override
    public List<String> text(Look look) {
        return new PublishText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return PublishText.brief(this);
    }

    @Override
    public Map<String, Object> json() {
        return JsonText.publication(this);
    }
}
