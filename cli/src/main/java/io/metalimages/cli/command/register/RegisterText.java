package io.metalimages.cli.command.register;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Style;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.store.registration.Registration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What metal-api was told of an image as text for people: the entry, its URL, and who gets it. */
final class RegisterText {

    private final OutputStyle outputStyle;

    RegisterText(OutputStyle outputStyle) {
        this.outputStyle = outputStyle;
    }

    List<String> of(RegisterResult result) {
        Registration registration = result.registration();
        ImageEntry entry = registration.entry();
        List<String> facts = new ArrayList<>();
        facts.add(entry.id().toString());
        facts.add(outcome(result));
        facts.add(entry.features().stream().sorted().map(Feature::word).collect(Collectors.joining(" and ")));
        facts.add(registration.classification().orElse(Classification.PREVIEW).word());
        facts.add(registration.expires().map(RegisterText::expiry).orElse("for 90 days"));
        return List.of(
                outputStyle.styled(Style.GREEN, outputStyle.glyphs().done()) + " "
                        + String.join(outputStyle.glyphs().separator(), facts),
                "    " + entry.url(),
                "    " + mostRecent(result));
    }

    private static String outcome(RegisterResult result) {
        return switch (result.registration().outcome()) {
            case CREATED -> result.dryRun() ? "would be created" : "created";
            case CHANGED -> result.dryRun() ? "would be changed" : "changed";
            case UNCHANGED -> "unchanged";
        };
    }

    private static String expiry(Instant expires) {
        return (expires.isBefore(Instant.now()) ? "expired since " : "until ")
                + expires.atOffset(ZoneOffset.UTC).toLocalDate();
    }

    private static String mostRecent(RegisterResult result) {
        String verb = result.dryRun() ? " would be " : " is ";
        return result.registration().asked()
                + result.registration()
                        .mostRecent()
                        .map(id -> verb + DisplayText.line(id))
                        .orElse(" is none");
    }
}
