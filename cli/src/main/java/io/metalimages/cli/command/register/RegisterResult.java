package io.metalimages.cli.command.register;

import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.Result;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.metalapi.ImageId;
import io.metalimages.metalapi.RegisteredImage;
import java.net.URI;
import java.time.Instant;
import java.util.List;
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

    record Document(
            String api,
            boolean dryRun,
            String id,
            Outcome outcome,
            String name,
            String description,
            URI url,
            List<String> features,
            Optional<String> classification,
            Optional<Instant> expires,
            MostRecent mostRecent) {}

    /**
     * What metal-api has for who does not ask for a day.
     *
     * @param id empty if there is none
     */
    record MostRecent(String asked, Optional<String> id) {}

    @Override
    public Document json() {
        return new Document(
                api,
                dryRun,
                entry.id().toString(),
                outcome,
                entry.name(),
                entry.description(),
                entry.url(),
                entry.features().stream().sorted().map(Feature::word).toList(),
                classification().map(Classification::word),
                expires(),
                new MostRecent(asked().toString(), mostRecent));
    }
}
