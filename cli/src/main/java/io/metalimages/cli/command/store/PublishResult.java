package io.metalimages.cli.command.store;

import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.Result;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", store());
        members.put("channel", channel().path());
        members.put("dryRun", dryRun());
        members.put("published", images().stream().map(PublishResult::published).toList());
        return members;
    }

    private static Map<String, Object> published(Publisher.Published published) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", published.image().name().toString());
        members.put("outcome", published.outcome().name());
        members.put("tested", published.image().tested());
        members.put("sentBytes", published.sentBytes());
        List<Map<String, Object>> files = new ArrayList<>();
        for (PublishedImage.PublishedFile file : published.image().files()) {
            Map<String, Object> member = new LinkedHashMap<>();
            member.put("name", file.name());
            member.put("bytes", file.fingerprint().bytes());
            member.put("md5", file.fingerprint().md5());
            member.put("sha256", file.fingerprint().sha256().hex());
            member.put("key", file.key().value());
            files.add(member);
        }
        members.put("files", files);
        return members;
    }
}
