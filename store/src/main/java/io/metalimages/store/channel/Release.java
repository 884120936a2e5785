package io.metalimages.store.channel;

import java.util.List;
import java.util.Set;

/**
 * A release that is to be made, or to be finished.
 *
 * @param images in the order of their names
 * @param begun whether its index is there, so that it can only become what it says
 * @param newest those of the images that no later release has
 */
public record Release(
        Channel.Release channel,
        List<PublishedImage> images,
        boolean begun,
        Set<ImageName> newest,
        ReleaseNotes notes) {

    public Release {
        images = List.copyOf(images);
        newest = Set.copyOf(newest);
    }
}
