package io.metalimages.store;

import io.metalimages.engine.Digest;

/** What lies where in an image store. */
final class Layout {

    private static final ObjectKey ROOT = new ObjectKey("metal-os");

    private Layout() {}

    /** A content, which never changes, by its digest. */
    static ObjectKey object(Digest sha256) {
        return ROOT.resolve("objects/sha256/" + sha256.hex());
    }

    /** The {@link ChannelIndex} of a channel. */
    static ObjectKey index(Channel channel) {
        return ROOT.resolve(channel.path() + "/index.json");
    }

    /** The directory of an image's files by their plain names. */
    static ObjectKey directory(Channel channel, ImageName image) {
        return ROOT.resolve(channel.path() + "/" + image);
    }
}
