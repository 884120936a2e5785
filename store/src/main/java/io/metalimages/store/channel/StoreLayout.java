package io.metalimages.store.channel;

import io.metalimages.common.Digest;
import io.metalimages.store.object.ObjectKey;
import java.util.Optional;
import java.util.regex.Pattern;

/** What lies where in an image store. */
public final class StoreLayout {

    static final ObjectKey ROOT = new ObjectKey("metal-os");

    /** Where all contents are. */
    public static final ObjectKey OBJECTS = ROOT.resolve("objects/sha256");

    private static final String INDEX = "/index.json";
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private StoreLayout() {}

    /** A content, which never changes, by its digest. */
    public static ObjectKey object(Digest sha256) {
        return OBJECTS.resolve(sha256.hex());
    }

    /** The digest of the content with this key; empty if it is something else that somebody put there. */
    public static Optional<Digest> contentOf(ObjectKey key) {
        return DIGEST.matcher(key.name()).matches()
                ? Optional.of(new Digest(key.name()))
                        .filter(digest -> object(digest).equals(key))
                : Optional.empty();
    }

    /** The {@link ChannelIndex} of a channel. */
    public static ObjectKey index(Channel channel) {
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

    /** The directory of a channel. */
    public static ObjectKey directory(Channel channel) {
        return ROOT.resolve(channel.path());
    }

    /** The directory of an image's files by their plain names. */
    public static ObjectKey directory(Channel channel, ImageName image) {
        return ROOT.resolve(channel.path() + "/" + image);
    }
}
