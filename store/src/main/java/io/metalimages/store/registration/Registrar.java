package io.metalimages.store.registration;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
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
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.StoreException;
import java.net.URI;
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
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tells a metal-api of the images of a store. Changes nothing in the store. Not for several threads at once. */
public final class Registrar {

    /**
     * What is to be said of the images.
     *
     * @param images none for all of the channel
     * @param classification if absent, preview for those that are new
     * @param features none for what an image's os stands for
     * @param expires if absent, 90 days for those that are new
     * @param dryRun whether nothing is changed
     */
    public record Options(
            List<ImageName> images,
            Optional<Classification> classification,
            Set<Feature> features,
            Optional<Instant> expires,
            boolean dryRun) {}

    /** An image, and what is to be said of it. */
    private record Candidate(PublishedImage.PublishedFile tarball, ImageEntry entry) {}

    private final ObjectStore store;
    private final MetalApiOptions access;
    private final Options options;
    private final Progress progress;

    public Registrar(ObjectStore store, MetalApiOptions access, Options options, Progress progress) {
        this.store = store;
        this.access = access;
        this.options = options;
        this.progress = progress;
    }

    /**
     * Refuses a channel whose images would become the most recent ones for everybody.
     *
     * @throws FaultException wrong input
     */
    public static void requireRegistrable(Channel channel) {
        if (channel instanceof Channel.PullRequest) {
            throw FaultException.wrongInput(
                    channel.path()
                            + " cannot be registered: an id has a day for its patch, so the images of a pull request "
                            + "would be the most recent ones for everybody.",
                    "Release them first. To try one on a machine, register its URL by hand under an os of its own, as in "
                            + "debian-test-12.0.1.");
        }
    }

    /**
     * Registers the images of a channel. Before anything is changed, all of them are looked at as a machine would; those before
     * one that fails stay registered.
     *
     * @param base where machines find what is in the store
     * @param registered is told of each image when it is registered
     * @throws FaultException if an image is not there, cannot be fetched, or metal-api refuses it
     */
    public void register(Channel channel, PublicUrl base, Consumer<Registration> registered)
            throws InterruptedException {
        requireRegistrable(channel);
        List<Candidate> candidates = candidates(channel, base);
        requireDownloads(candidates);
        try (MetalApi metalApi = new MetalApi(access)) {
            register(candidates, channel, metalApi, registered);
        }
    }

    private ChannelIndex index(Channel channel) {
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

    private List<Candidate> candidates(Channel channel, PublicUrl base) {
        Map<ImageId, ImageName> ids = new HashMap<>();
        List<Candidate> candidates = new ArrayList<>();
        for (PublishedImage image : chosen(index(channel))) {
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
                            options.features().isEmpty() ? Set.of(Feature.ofOs(id.os())) : options.features(),
                            name.os().substring(0, 1).toUpperCase(Locale.ROOT)
                                    + name.os().substring(1) + " " + name.version(),
                            name + " of " + day
                                    + image.commit()
                                            .map(commit -> ", built from " + commit)
                                            .orElse(""),
                            options.classification(),
                            options.expires())));
        }
        return candidates;
    }

    private List<PublishedImage> chosen(ChannelIndex index) {
        if (options.images().isEmpty()) {
            return List.copyOf(index.images().values());
        }
        return options.images().stream()
                .distinct()
                .map(name -> index.find(name)
                        .orElseThrow(() -> FaultException.wrongInput(
                                "There is no " + name + " in " + index.channel() + " of " + store.address() + ".",
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

    /** Sees to it, before anything is changed, that machines would get all of the images. */
    private void requireDownloads(List<Candidate> candidates) throws InterruptedException {
        List<Step> steps = new ArrayList<>();
        for (Candidate candidate : candidates) {
            steps.add(new Step(steps.size() + 1, "look at " + candidate.entry().url(), ""));
        }
        progress.report(new Progress.Event.Planned(List.copyOf(steps)));
        try (ImageDownload download = new ImageDownload(access)) {
            for (Step step : steps) {
                Candidate candidate = candidates.get(step.number() - 1);
                progress.report(new Progress.Event.Started(step, "metal-api looks, too"));
                long begun = System.nanoTime();
                download.require(
                        candidate.entry().url(),
                        candidate.tarball().fingerprint().bytes(),
                        candidate.tarball().fingerprint().md5());
                progress.report(new Progress.Event.Finished(step, Duration.ofNanos(System.nanoTime() - begun)));
            }
        }
    }

    private void register(
            List<Candidate> candidates, Channel channel, MetalApi metalApi, Consumer<Registration> registered)
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
            Registration.Outcome outcome = before.isEmpty()
                    ? Registration.Outcome.CREATED
                    : entry.isMetBy(before.get()) ? Registration.Outcome.UNCHANGED : Registration.Outcome.CHANGED;
            Optional<RegisteredImage> after = options.dryRun()
                    ? before
                    : Optional.of(
                            switch (outcome) {
                                case CREATED -> metalApi.create(entry);
                                case CHANGED -> metalApi.update(entry);
                                case UNCHANGED -> before.orElseThrow();
                            });
            ImageId asked = entry.id().withoutPatch();
            Optional<String> mostRecent = options.dryRun()
                    ? asked.mostRecent(ids, ImageId::find)
                    : metalApi.mostRecent(asked).map(RegisteredImage::id);
            registered.accept(new Registration(outcome, entry, after, mostRecent));
        }
    }

    /** What is stable changes; what was released under that id must not become something that does. */
    private static void requireNotReleased(Channel channel, ImageEntry entry, RegisteredImage image) {
        if (channel instanceof Channel.Stable
                && !image.url().equals(Optional.of(entry.url().toString()))) {
            throw FaultException.wrongInput(
                    entry.id() + " is registered with another URL, "
                            + ForeignText.line(image.url().orElse("none"))
                            + ", and what is stable would take its place.",
                    "Register the release of that day instead: metal-images register "
                            + Long.toUnsignedString(entry.id().version().patch()));
        }
    }
}
