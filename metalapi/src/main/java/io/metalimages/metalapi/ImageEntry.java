package io.metalimages.metalapi;

import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;

/**
 * What a metal-api is to say of an image.
 *
 * @param url where machines fetch it
 * @param features what can be made of it, at least one
 * @param classification if absent, metal-api's choice for a new image (preview), and what it says of a known one
 * @param expires to the second; if absent, metal-api's choice for a new image (in 90 days), and what it says of a known one
 */
public record ImageEntry(
        ImageId id,
        URI url,
        Set<Feature> features,
        String name,
        String description,
        Optional<Classification> classification,
        Optional<Instant> expires) {

    public ImageEntry {
        if (features.isEmpty()) {
            throw new IllegalArgumentException("An image is good for something: " + id);
        }
        features = Set.copyOf(features);
        expires = expires.map(time -> time.truncatedTo(ChronoUnit.SECONDS));
    }

    /** The same under another id. */
    public ImageEntry withId(ImageId other) {
        return new ImageEntry(other, url, features, name, description, classification, expires);
    }

    /** Whether metal-api says all of this. */
    public boolean isMetBy(RegisteredImage image) {
        return image.id().equals(id.toString())
                && image.url().equals(Optional.of(url.toString()))
                && image.features().equals(features)
                && image.name().equals(Optional.of(name))
                && image.description().equals(Optional.of(description))
                && (classification.isEmpty() || image.classification().equals(classification))
                && (expires.isEmpty()
                        || expires.equals(image.expires().map(time -> time.truncatedTo(ChronoUnit.SECONDS))));
    }
}
