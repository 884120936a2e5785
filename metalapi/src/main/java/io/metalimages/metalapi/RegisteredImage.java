package io.metalimages.metalapi;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a metal-api says of an image.
 *
 * @param id see {@link #imageId}
 * @param url where machines fetch it; its checksum is at the same address with {@code .md5} behind
 * @param features what can be made of it, as far as this program knows the words
 * @param classification absent if metal-api tells none, or one that this program does not know
 * @param expires from then on no machine gets it any more, and metal-api may forget it when none uses it; absent if metal-api
 *     does not tell: then it is taken for one that does not expire
 * @param usedBy the ids of the machines that have it; empty also if metal-api was not asked for them
 */
public record RegisteredImage(
        String id,
        Optional<String> url,
        Set<Feature> features,
        Optional<Classification> classification,
        Optional<Instant> expires,
        Optional<String> name,
        Optional<String> description,
        List<String> usedBy) {

    public RegisteredImage {
        features = Set.copyOf(features);
        usedBy = List.copyOf(usedBy);
    }

    /** The id, taken apart; empty if it follows no rule: then nobody can ask for it, but it may be in use. */
    public Optional<ImageId> imageId() {
        return ImageId.find(id);
    }

    /** Whether no machine gets it any more. */
    public boolean isExpired(Instant now) {
        return expires.filter(now::isAfter).isPresent();
    }

    /** The image that metal-api gives to who asks for that id, as {@link ImageId#mostRecent} says. */
    public static Optional<RegisteredImage> mostRecent(ImageId asked, Collection<RegisteredImage> images) {
        return asked.mostRecent(images, RegisteredImage::imageId);
    }
}
