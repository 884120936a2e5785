package io.metalimages.cli.command.sign;

import io.metalimages.common.FaultException;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * An image in a store, as a URL names it: {@code STORE/metal-os/CHANNEL/OS/VERSION}, with or without {@code /img.tar.lz4}.
 *
 * @param store the URL of the store, its query included
 */
record PublishedPlace(String store, Channel channel, ImageName name) {

    private static final String ROOT = "/metal-os/";

    /** Empty if the URL does not have that form. */
    static Optional<PublishedPlace> find(String url) {
        int query = url.indexOf('?');
        String path = query < 0 ? url : url.substring(0, query);
        int root = path.lastIndexOf(ROOT);
        if (root < 0) {
            return Optional.empty();
        }
        List<String> names = Arrays.stream(path.substring(root + ROOT.length()).split("/"))
                .filter(name -> !name.isEmpty())
                .toList();
        if (!names.isEmpty() && names.getLast().endsWith("lz4")) {
            names = names.subList(0, names.size() - 1);
        }
        if (names.size() < 3) {
            return Optional.empty();
        }
        int image = names.size() - 2;
        String name = String.join("/", names.subList(image, names.size()));
        return ImageName.isValid(name)
                ? Channel.find(String.join("/", names.subList(0, image)))
                        .map(channel -> new PublishedPlace(
                                path.substring(0, root) + (query < 0 ? "" : url.substring(query)),
                                channel,
                                ImageName.parse(name)))
                : Optional.empty();
    }

    /** Where the channel's index is, from the root of the store. */
    String index() {
        return ROOT.substring(1) + channel.path() + "/index.json";
    }

    /** The names of all files that an index has of this image. */
    Set<String> names(ChannelIndex index) {
        return image(index).files().stream()
                .map(PublishedImage.PublishedFile::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private PublishedImage image(ChannelIndex index) {
        return index.find(name)
                .orElseThrow(() -> FaultException.wrongInput(
                        "There is no " + name + " in the channel " + channel.path() + ".", "Look at the address."));
    }

    /** What an index says of a file of this image; empty if it does not have the file. */
    Optional<PublishedImage.PublishedFile> file(ChannelIndex index, String file) {
        return image(index).files().stream()
                .filter(candidate -> candidate.name().equals(file))
                .findFirst();
    }
}
