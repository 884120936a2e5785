package io.metalimages.store;

import io.metalimages.engine.Digest;
import java.util.Optional;

/** What lies where in an image store. */
final class Layout {

    static final ObjectKey ROOT = new ObjectKey("metal-os");

    private static final String INDEX = "/index.json";

    private Layout() {}

    /** A content, which never changes, by its digest. */
    static ObjectKey object(Digest sha256) {
        return ROOT.resolve("objects/sha256/" + sha256.hex());
    }

    /** The {@link ChannelIndex} of a channel. */
    static ObjectKey index(Channel channel) {
        return ROOT.resolve(channel.path() + INDEX);
    }

    /** The channel whose index has this key; empty if the key is another object's. */
    static Optional<Channel> channelOfIndex(ObjectKey key) {
        String directory = ROOT + "/";
        return key.value().startsWith(directory) && key.value().endsWith(INDEX)
                ? Channel.find(key.value()
                        .substring(
                                directory.length(),
                                Math.max(directory.length(), key.value().length() - INDEX.length())))
                : Optional.empty();
    }

    /** The directory of an image's files by their plain names. */
    static ObjectKey directory(Channel channel, ImageName image) {
        return ROOT.resolve(channel.path() + "/" + image);
    }
}
