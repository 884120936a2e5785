package io.metalimages.cli.command.store;

import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.Result;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.metalapi.ImageId;
import io.metalimages.metalapi.RegisteredImage;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that metal-api was told of.
 *
 * @param api its address
 * @param dryRun whether it only would be
 * @param registered what metal-api says now
 * @param mostRecent what metal-api has for who asks for the image's os and version, without a day
 */
record RegisterResult(
        String api,
        boolean dryRun,
        Outcome outcome,
        ImageEntry entry,
        Optional<RegisteredImage> registered,
        Optional<String> mostRecent)
        implements Result {

    /** What became of an entry. */
    enum Outcome {
        CREATED,
        CHANGED,
        /** All of it was so before. */
        UNCHANGED
    }

    /** What one asks for to get the most recent of such images. */
    ImageId asked() {
        return entry.id().withoutPatch();
    }

    /** What it is classified as, if that is known already. */
    Optional<Classification> classification() {
        return entry.classification().or(() -> registered.flatMap(RegisteredImage::classification));
    }

    /** Until when machines can have it, if that is known already. */
    Optional<Instant> expires() {
        return entry.expires().or(() -> registered.flatMap(RegisteredImage::expires));
    }

    @Override
    public List<String> text(Look look) {
        return new RegisterText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return List.of(entry.id().toString());
    }

    @Override
    public Optional<String> array() {
        return Optional.of("registered");
    }

    @Override
    public Map<String, Object> json() {
        ImageEntry entry = entry();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("api", api());
        members.put("dryRun", dryRun());
        members.put("id", entry.id().toString());
        members.put("outcome", outcome().name());
        members.put("name", entry.name());
        members.put("description", entry.description());
        members.put("url", entry.url().toString());
        members.put(
                "features",
                entry.features().stream().sorted().map(Feature::word).toList());
        classification().ifPresent(classification -> members.put("classification", classification.word()));
        expires().ifPresent(expires -> members.put("expires", expires.toString()));
        Map<String, Object> mostRecent = new LinkedHashMap<>();
        mostRecent.put("asked", asked().toString());
        mostRecent().ifPresent(id -> mostRecent.put("id", id));
        members.put("mostRecent", mostRecent);
        return members;
    }
}
