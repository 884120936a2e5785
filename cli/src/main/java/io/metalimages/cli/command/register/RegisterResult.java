package io.metalimages.cli.command.register;

import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.store.registration.Registration;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An image that metal-api was told of.
 *
 * @param api its address
 * @param dryRun whether it only would be
 */
record RegisterResult(String api, boolean dryRun, Registration registration) implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return new RegisterText(outputStyle).of(this);
    }

    @Override
    public List<String> brief() {
        return List.of(registration.entry().id().toString());
    }

    @Override
    public Optional<String> array() {
        return Optional.of("registered");
    }

    record Document(
            String api,
            boolean dryRun,
            String id,
            Registration.Outcome outcome,
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
        ImageEntry entry = registration.entry();
        return new Document(
                api,
                dryRun,
                entry.id().toString(),
                registration.outcome(),
                entry.name(),
                entry.description(),
                entry.url(),
                entry.features().stream().sorted().map(Feature::word).toList(),
                registration.classification().map(Classification::word),
                registration.expires(),
                new MostRecent(registration.asked().toString(), registration.mostRecent()));
    }
}
