package io.metalimages.cli.command.register;

import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.MetalApiOptions;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.StoreSettings;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.registration.Registrar;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What {@code metal-images register} does. */
final class RegisterWork {

    /**
     * What the user asks for.
     *
     * @param channel a date, or the name of a channel
     * @param images names; none for all
     */
    record Request(
            String channel,
            List<String> images,
            String store,
            Optional<String> urlBase,
            MetalApiSettings api,
            Optional<String> classification,
            List<String> features,
            Optional<String> expires,
            boolean dryRun) {}

    private final Request request;
    private final OutputOptions options;
    private final CommandContext context;

    RegisterWork(Request request, OutputOptions options, CommandContext context) {
        this.request = request;
        this.options = options;
        this.context = context;
    }

    void register(Report report) throws IOException, InterruptedException {
        Channel channel = Channel.parse(request.channel());
        Registrar.requireRegistrable(channel);
        Optional<PublicUrl> given = request.urlBase().map(PublicUrl::parse);
        Registrar.Options said = new Registrar.Options(
                request.images().stream().map(ImageName::parse).distinct().toList(),
                request.classification().map(RegisterWork::classification),
                request.features().stream().map(RegisterWork::feature).collect(Collectors.toSet()),
                request.expires().map(RegisterWork::expiry),
                request.dryRun());
        try (Display display = Display.open(options, context);
                ObjectStore store = new StoreLocation(request.store()).open()) {
            MetalApiOptions api = new MetalApiAccess(request.api(), context.environment())
                    .options(note -> display.report(new Progress.Event.Note(note)));
            display.begin(channel.path(), request.dryRun() ? "planning" : "registering");
            StoreSettings settings = new StoreSettings(store, display);
            settings.requireThere();
            PublicUrl base = settings.urlBase(given, StoreSettings.Keeping.NOTHING);
            new Registrar(store, api, said, display)
                    .register(
                            channel,
                            base,
                            registration -> report.add(
                                    new RegisterResult(api.base().toString(), request.dryRun(), registration)));
        }
    }

    private static Classification classification(String word) {
        return Classification.find(word)
                .orElseThrow(() -> FaultException.wrongInput(
                        "\"" + word + "\" is no classification.", "Name preview, supported or deprecated."));
    }

    private static Feature feature(String word) {
        return Feature.find(word)
                .orElseThrow(() ->
                        FaultException.wrongInput("\"" + word + "\" is no feature.", "Name machine or firewall."));
    }

    private static Instant expiry(String text) {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        String form = "Name a number of days from today, as 365, or a day to come, as 2031-12-31.";
        LocalDate day;
        try {
            day = text.matches("[0-9]{1,5}") ? today.plusDays(Integer.parseInt(text)) : LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw FaultException.wrongInput("\"" + text + "\" is no time to expire.", form);
        }
        if (!day.isAfter(today)) {
            throw FaultException.wrongInput("With " + text + " the images would have expired.", form);
        }
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
