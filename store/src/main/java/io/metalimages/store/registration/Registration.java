package io.metalimages.store.registration;

import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.metalapi.ImageId;
import io.metalimages.metalapi.RegisteredImage;
import java.time.Instant;
import java.util.Optional;

/**
 * What became of an image that metal-api was told of, or would become of it.
 *
 * @param registered what metal-api says now
 * @param mostRecent what metal-api has for who asks for the image's os and version, without a day
 */
public record Registration(
        Outcome outcome, ImageEntry entry, Optional<RegisteredImage> registered, Optional<String> mostRecent) {

    /** What became of an entry. */
    public enum Outcome {
        CREATED,
        CHANGED,
        /** All of it was so before. */
        UNCHANGED
    }

    /** What one asks for to get the most recent of such images. */
    public ImageId asked() {
        return entry.id().withoutPatch();
    }

    /** What it is classified as, if that is known already. */
    public Optional<Classification> classification() {
        return entry.classification().or(() -> registered.flatMap(RegisteredImage::classification));
    }

    /** Until when machines can have it, if that is known already. */
    public Optional<Instant> expires() {
        return entry.expires().or(() -> registered.flatMap(RegisteredImage::expires));
    }
}
