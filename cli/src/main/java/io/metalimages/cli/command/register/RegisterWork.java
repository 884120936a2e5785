package io.metalimages.cli.command.register;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Surroundings;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageDownload;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.metalapi.ImageId;
import io.metalimages.metalapi.MetalApi;
import io.metalimages.metalapi.MetalApiOptions;
import io.metalimages.metalapi.RegisteredImage;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.channel.StoreSettings;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What {@code metal-images register} does. */
final class RegisterWork {

    /**
     * What the user asks for.
     *
     * @param channel a date, or the name of a channel
     * @param images names; none for all
     */
    record Wishes(
            String channel,
            List<String> images,
            String store,
            Optional<String> urlBase,
            MetalApiSettings api,
            Optional<String> classification,
            List<String> features,
            Optional<String> expires,
            boolean dryRun) {}

    /** An image, and what is to be said of it. */
    private record Candidate(PublishedImage.PublishedFile tarball, ImageEntry entry) {}

    private final Wishes wishes;
    private final OutputOptions options;
    private final Surroundings surroundings;

    RegisterWork(Wishes wishes, OutputOptions options, Surroundings surroundings) {
        this.wishes = wishes;
        this.options = options;
        this.surroundings = surroundings;
    }

    void register(Report report) throws IOException, InterruptedException {
        Channel channel = Channel.parse(wishes.channel());
        Optional<PublicUrl> given = wishes.urlBase().map(PublicUrl::parse);
        if (channel instanceof Channel.PullRequest) {
            throw FaultException.wrongInput(
                    channel.path()
                            + " cannot be registered: an id has a day for its patch, so the images of a pull request "
                            + "would be the most recent ones for everybody.",
                    "Release them first. To try one on a machine, register its URL by hand under an os of its own, as in "
                            + "debian-test-12.0.1.");
        }
        try (Display display = Display.open(options, surroundings);
                ObjectStore store = new StoreLocation(wishes.store()).open()) {
            MetalApiOptions api = new MetalApiAccess(wishes.api(), surroundings.environment())
                    .options(note -> display.report(new Progress.Event.Note(note)));
            display.begin(channel.path(), wishes.dryRun() ? "planning" : "registering");
            StoreSettings settings = new StoreSettings(store, display);
            settings.requireThere();
            PublicUrl base = settings.urlBase(given, StoreSettings.Keeping.NOTHING);
            List<Candidate> candidates = candidates(channel, index(channel, store, display), store.address(), base);
            requireDownloads(candidates, api, display);
            try (MetalApi metalApi = new MetalApi(api)) {
                register(candidates, channel, metalApi, api.base().toString(), report);
            }
        }
    }

    private static ChannelIndex index(Channel channel, ObjectStore store, Progress progress) {
        try {
            ChannelIndex index = new Channels(store, progress).index(channel);
            if (index.withdrawn().isPresent()) {
                throw FaultException.wrongInput(
                        channel.path() + " was withdrawn at "
                                + index.withdrawn().get() + ".",
                        "Register a release that is good.");
            }
            if (index.images().isEmpty()) {
                throw FaultException.wrongInput(
                        "There is no image in " + channel.path() + " of " + store.address() + ".",
                        channel instanceof Channel.Release
                                ? "Release it: metal-images release " + channel.path()
                                : "Publish one: metal-images publish");
            }
            return index;
        } catch (StoreException e) {
            throw new FaultException(FaultException.Category.REMOTE_FAULT, e.getMessage(), null, e);
        }
    }

    private List<Candidate> candidates(Channel channel, ChannelIndex index, String store, PublicUrl base) {
        Optional<Classification> classification = wishes.classification().map(RegisterWork::classification);
        Set<Feature> features =
                wishes.features().stream().map(RegisterWork::feature).collect(Collectors.toSet());
        Optional<Instant> expires = wishes.expires().map(RegisterWork::expiry);
        Map<ImageId, ImageName> ids = new HashMap<>();
        List<Candidate> candidates = new ArrayList<>();
        for (PublishedImage image : chosen(index, store)) {
            LocalDate day = channel instanceof Channel.Release release
                    ? release.date()
                    : LocalDate.ofInstant(image.published(), ZoneOffset.UTC);
            ImageName name = image.name();
            ImageId id = ImageId.ofRelease(name.os(), name.version(), day);
            Optional<ImageName> other = Optional.ofNullable(ids.put(id, name));
            if (other.isPresent()) {
                throw FaultException.wrongInput(
                        other.get() + " and " + name + " have the same id, " + id + ".", "Register one of them.");
            }
            URI url = URI.create(base.of(StoreLayout.directory(channel, name).resolve(ArtifactLocation.TARBALL)));
            candidates.add(new Candidate(
                    tarball(image),
                    new ImageEntry(
                            id,
                            url,
                            features.isEmpty() ? Set.of(Feature.ofOs(id.os())) : features,
                            name.os().substring(0, 1).toUpperCase(Locale.ROOT)
                                    + name.os().substring(1) + " " + name.version(),
                            name + " of " + day
                                    + image.commit()
                                            .map(commit -> ", built from " + commit)
                                            .orElse(""),
                            classification,
                            expires)));
        }
        return candidates;
    }

    private List<PublishedImage> chosen(ChannelIndex index, String store) {
        if (wishes.images().isEmpty()) {
            return List.copyOf(index.images().values());
        }
        return wishes.images().stream()
                .map(ImageName::parse)
                .distinct()
                .map(name -> index.find(name)
                        .orElseThrow(() -> FaultException.wrongInput(
                                "There is no " + name + " in " + index.channel() + " of " + store + ".",
                                "There is: "
                                        + index.images().keySet().stream()
                                                .map(ImageName::toString)
                                                .collect(Collectors.joining(", ")))))
                .toList();
    }

    private static PublishedImage.PublishedFile tarball(PublishedImage image) {
        return image.files().stream()
                .filter(file -> file.name().equals(ArtifactLocation.TARBALL))
                .findFirst()
                .orElseThrow(() -> FaultException.failed(
                        image.name() + " has no " + ArtifactLocation.TARBALL + " in the store.", null));
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

    /** Sees to it, before anything is changed, that machines would get all of the images. */
    private static void requireDownloads(List<Candidate> candidates, MetalApiOptions patience, Display display)
            throws InterruptedException {
        List<Step> steps = new ArrayList<>();
        for (Candidate candidate : candidates) {
            steps.add(new Step(steps.size() + 1, "look at " + candidate.entry().url(), ""));
        }
        display.report(new Progress.Event.Planned(List.copyOf(steps)));
        try (ImageDownload download = new ImageDownload(patience)) {
            for (Step step : steps) {
                Candidate candidate = candidates.get(step.number() - 1);
                display.report(new Progress.Event.Started(step, "metal-api looks, too"));
                long begun = System.nanoTime();
                download.require(
                        candidate.entry().url(),
                        candidate.tarball().fingerprint().bytes(),
                        candidate.tarball().fingerprint().md5());
                display.report(new Progress.Event.Finished(step, Duration.ofNanos(System.nanoTime() - begun)));
            }
        }
    }

    private void register(List<Candidate> candidates, Channel channel, MetalApi metalApi, String address, Report report)
            throws InterruptedException {
        List<RegisteredImage> known = metalApi.images();
        List<String> ids = Stream.concat(
                        known.stream().map(RegisteredImage::id),
                        candidates.stream()
                                .map(candidate -> candidate.entry().id().toString()))
                .distinct()
                .toList();
        for (Candidate candidate : candidates) {
            ImageEntry fresh = candidate.entry();
            Optional<RegisteredImage> before = known.stream()
                    .filter(image ->
                            image.imageId().filter(fresh.id()::isSameImage).isPresent())
                    .findFirst();
            // One that was registered with a leading zero keeps its id.
            ImageEntry entry =
                    before.flatMap(RegisteredImage::imageId).map(fresh::withId).orElse(fresh);
            before.ifPresent(image -> requireNotReleased(channel, entry, image));
            RegisterResult.Outcome outcome = before.isEmpty()
                    ? RegisterResult.Outcome.CREATED
                    : entry.isMetBy(before.get()) ? RegisterResult.Outcome.UNCHANGED : RegisterResult.Outcome.CHANGED;
            Optional<RegisteredImage> after = wishes.dryRun()
                    ? before
                    : Optional.of(
                            switch (outcome) {
                                case CREATED -> metalApi.create(entry);
                                case CHANGED -> metalApi.update(entry);
                                case UNCHANGED -> before.orElseThrow();
                            });
            ImageId asked = entry.id().withoutPatch();
            Optional<String> mostRecent = wishes.dryRun()
                    ? asked.mostRecent(ids, ImageId::find)
                    : metalApi.mostRecent(asked).map(RegisteredImage::id);
            report.add(new RegisterResult(address, wishes.dryRun(), outcome, entry, after, mostRecent));
        }
    }

    /** What is stable changes; what was released under that id must not become something that does. */
    private static void requireNotReleased(Channel channel, ImageEntry entry, RegisteredImage image) {
        if (channel instanceof Channel.Stable
                && !image.url().equals(Optional.of(entry.url().toString()))) {
            throw FaultException.wrongInput(
                    entry.id() + " is registered with another URL, "
                            + DisplayText.line(image.url().orElse("none"))
                            + ", and what is stable would take its place.",
                    "Register the release of that day instead: metal-images register "
                            + Long.toUnsignedString(entry.id().version().patch()));
        }
    }
}
