package io.metalimages.store.retention;

import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.PublishedImage;
import java.util.List;

/**
 * What pruning would do.
 *
 * @param going images that their channels would lose
 * @param kept images that are old enough to go, and stay for another reason
 * @param unneeded contents that no channel would need any more, and that wait in the trash or would have to
 * @param ripe contents that have waited long enough, and would be deleted; they are none of {@code unneeded}
 * @param restorable images that are in the trash already
 */
public record PrunePlan(
        List<Judged> going, List<Judged> kept, Contents unneeded, Contents ripe, List<Restorable> restorable) {

    public PrunePlan {
        going = List.copyOf(going);
        kept = List.copyOf(kept);
        restorable = List.copyOf(restorable);
    }

    /**
     * An image that is old enough to go.
     *
     * @param bytes that only this image needs, or only it and those before it in the list
     * @param reason why it goes, or stays: the end of a sentence
     */
    public record Judged(Channel channel, PublishedImage image, long bytes, String reason) {}

    /** How many, and how large together. */
    public record Contents(int number, long bytes) {

        Contents plus(long size) {
            return new Contents(number + 1, bytes + size);
        }
    }

    /** An image that was taken out of its channel. */
    public record Restorable(Channel channel, PublishedImage image) {}
}
