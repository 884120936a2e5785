package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.store.object.AtomicObject;
import io.metalimages.store.object.CompareAndSwap;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Puts images into a channel.
 *
 * <p>First the contents of all files, each under its own digest: what is there already is not sent again, so a run that
 * was killed is continued by the next one. Then the channel's {@link ChannelIndex}, by compare and swap: from that moment
 * on the images are published, all of them at once, and two who publish different images to one channel both end up in
 * it. At last the plain names, made from the index inside the store, for all images of the channel: so whoever publishes
 * next finishes what somebody else could not. Nothing is ever deleted. Not thread-safe.
 */
public final class Publisher {

    private final RetryingStore store;
    private final Inspection inspection;
    private final Channels channels;
    private final TrashBin bin;
    private final InstantSource clock;
    private final Progress progress;
    private final List<Step> steps = new ArrayList<>();

    /**
     * Somebody who publishes.
     *
     * @param store stays open
     * @param inspection what each image has to go through first
     */
    public Publisher(ObjectStore store, Inspection inspection, Progress progress) {
        this(store, inspection, RetryingStore.FIRST_PAUSE, InstantSource.system(), progress);
    }

    /** One with pauses and a time of its own. */
    public Publisher(
            ObjectStore store, Inspection inspection, Duration firstPause, InstantSource clock, Progress progress) {
        this.store = RetryingStore.reporting(store, firstPause, progress);
        this.inspection = inspection;
        this.channels = new Channels(this.store);
        this.bin = new TrashBin(this.store, firstPause, clock, progress);
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * What to publish, and how.
     *
     * @param images where each of them is on this machine
     * @param untested whether those that passed no test are published, too
     * @param standIns whether those that were made from a stand-in for an archive are published, too
     * @param unsigned whether one that is not signed may take the place of one that is
     * @param dryRun whether to look only, and change nothing
     */
    public record Options(
            Channel channel,
            SortedMap<ImageName, ArtifactLocation> images,
            boolean untested,
            boolean standIns,
            boolean unsigned,
            boolean dryRun) {

        /** Without those that were made from a stand-in, or are not signed any more. */
        public Options(
                Channel channel, SortedMap<ImageName, ArtifactLocation> images, boolean untested, boolean dryRun) {
            this(channel, images, untested, false, false, dryRun);
        }
    }

    /** What became of an image. */
    public enum Outcome {
        /** It is in the channel for the first time. */
        ADDED,
        /** It is in the channel instead of another one of its name. */
        REPLACED,
        /** The channel had exactly this one before. */
        UNCHANGED
    }

    /**
     * An image that was published, or would be.
     *
     * @param sentBytes how much of it was sent, or would be: what the store did not have
     */
    public record Published(PublishedImage image, Outcome outcome, long sentBytes) {}

    /**
     * Publishes images.
     *
     * @return what became of each, in the order of their names
     * @throws FaultException if an image is not whole or was not tested, or the store does not do its part. What readers
     *     see is then what it was before, or what it is to be
     */
    public List<Published> publish(Options options) throws IOException {
        if (options.channel() instanceof Channel.Release release) {
            throw FaultException.wrongInput(
                    "The release " + release.path() + " cannot be published to: a release is a copy of what is stable.",
                    "Publish to stable.");
        }
        List<PublishableImage> images = read(options);
        plan(images, options.dryRun());
        try {
            ChannelIndex before = channels.index(options.channel());
            images.forEach(image -> requireStillSigned(before, image.name(), image.isSigned(), options.unsigned()));
            if (!options.dryRun() && !store.capabilities().conditionalWrites()) {
                progress.report(new Progress.Event.Note(store.address()
                        + " does not write on a condition: what is published to this channel from elsewhere at the same "
                        + "time may be lost."));
            }
            if (!options.dryRun()) {
                bin.restore(images.stream()
                        .flatMap(image -> image.files().values().stream())
                        .map(content -> content.fingerprint().sha256())
                        .toList());
            }
            Iterator<Step> step = steps.iterator();
            Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            List<Sent> sent = new ArrayList<>();
            for (PublishableImage image : images) {
                long bytes = send(image, step, options.dryRun());
                sent.add(new Sent(published(image, now), bytes));
            }
            return options.dryRun() ? outcomes(before, sent) : change(options, sent, step);
        } catch (StoreException e) {
            throw e.fault("Run it again: what the store has already is not sent again.");
        }
    }

    private List<PublishableImage> read(Options options) throws IOException {
        List<PublishableImage> images = new ArrayList<>();
        for (Map.Entry<ImageName, ArtifactLocation> image : options.images().entrySet()) {
            try {
                images.add(PublishableImage.read(image.getKey(), image.getValue(), inspection));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FaultException(FaultException.Category.INTERRUPTED, "It was interrupted.", null, e);
            } catch (IOException e) {
                throw FaultException.failed(image.getKey() + " cannot be read: " + InputOutputReason.of(e) + ".", e);
            }
            requireTested(images.getLast(), options.untested());
            requireReal(images.getLast(), options.standIns());
        }
        return images;
    }

    private static void requireTested(PublishableImage image, boolean untested) {
        if (untested || image.passed()) {
            return;
        }
        throw FaultException.wrongInput(
                image.name() + " " + image.shortfall().orElse("was not tested") + ".",
                "Test it: metal-images test " + image.name() + ". To publish it all the same, say --untested.");
    }

    private static void requireReal(PublishableImage image, boolean standIns) {
        if (!standIns && image.standIn().isPresent()) {
            throw FaultException.wrongInput(
                    image.name() + " was made from a stand-in for its distribution's archive: its packages are "
                            + image.standIn().get() + "'s.",
                    "Build it from the real archive. To publish it all the same, say --allow-stand-in.");
        }
    }

    private static void requireStillSigned(ChannelIndex index, ImageName name, boolean signed, boolean unsigned) {
        if (!signed
                && !unsigned
                && index.find(name).filter(PublishedImage::isSigned).isPresent()) {
            throw FaultException.wrongInput(
                    name + " is not signed, and the one in " + index.channel() + " is.",
                    "Sign it: metal-images sign " + name + ". To publish it all the same, say --unsigned.");
        }
    }

    private void plan(List<PublishableImage> images, boolean dryRun) {
        for (PublishableImage image : images) {
            image.files().keySet().forEach(file -> plan("send " + image.name() + "/" + file));
        }
        if (!dryRun) {
            plan("change the index");
            plan("change the plain names");
        }
        progress.report(new Progress.Event.Planned(List.copyOf(steps)));
    }

    private void plan(String name) {
        steps.add(new Step(steps.size() + 1, name, ""));
    }

    /** An image whose files the store has. */
    private record Sent(PublishedImage image, long bytes) {}

    /** Sees to it that the store has all files of an image; returns how many bytes that took. */
    private long send(PublishableImage image, Iterator<Step> steps, boolean dryRun) throws StoreException {
        long sent = 0;
        for (Content content : image.files().values()) {
            Step step = steps.next();
            ObjectKey key = StoreLayout.object(content.fingerprint().sha256());
            if (store.holds(key, content)) {
                progress.report(new Progress.Event.Cached(step));
                continue;
            }
            sent += content.bytes();
            if (!dryRun) {
                perform(
                        step,
                        "the store does not have it, or it is damaged",
                        () -> CompareAndSwap.put(store, key, content));
            }
        }
        return sent;
    }

    private static PublishedImage published(PublishableImage image, Instant now) {
        List<PublishedImage.PublishedFile> files = image.files().entrySet().stream()
                .map(file -> new PublishedImage.PublishedFile(
                        file.getKey(), file.getValue().fingerprint()))
                .toList();
        return new PublishedImage(image.name(), now, image.commit(), image.passed(), image.standIn(), files);
    }

    private List<Published> change(Options options, List<Sent> sent, Iterator<Step> steps) throws StoreException {
        List<Published> published = perform(steps.next(), "there are images", () -> changeIndex(options, sent));
        perform(steps.next(), "the index may have changed", () -> channels.changeNames(options.channel()));
        return published;
    }

    private List<Published> changeIndex(Options options, List<Sent> sent) throws StoreException {
        List<Published> outcomes = new ArrayList<>();
        keepReplaced(options.channel(), sent.stream().map(Sent::image).toList(), index -> {
            sent.forEach(each ->
                    requireStillSigned(index, each.image().name(), each.image().isSigned(), options.unsigned()));
            outcomes.clear();
            outcomes.addAll(outcomes(index, sent));
            return index.with(outcomes.stream()
                    .filter(image -> image.outcome() != Outcome.UNCHANGED)
                    .map(Published::image)
                    .toList());
        });
        return List.copyOf(outcomes);
    }

    /**
     * Changes the index. What is stable and is replaced can be put back for as long as its contents wait in the trash, so
     * it is written down there before it vanishes from the index.
     */
    private void keepReplaced(Channel channel, List<PublishedImage> coming, AtomicObject.Change<ChannelIndex> change)
            throws StoreException {
        if (!(channel instanceof Channel.Stable)) {
            channels.change(channel, change);
            return;
        }
        Set<PublishedImage> kept = new HashSet<>();
        channels.change(channel, index -> {
            List<PublishedImage> going = coming.stream()
                    .flatMap(image -> index.find(image.name()).stream().filter(before -> !before.isSameBuildAs(image)))
                    .filter(kept::add)
                    .toList();
            ChannelIndex changed = change.apply(index);
            if (!going.isEmpty()) {
                Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
                bin.change(trash -> trash.withImages(going.stream()
                        .map(image -> new Trash.TrashedImage(channel, image, now))
                        .toList()));
            }
            return changed;
        });
    }

    /**
     * Puts an earlier build of an image back into what is stable, in place of the one that is there.
     *
     * @param build the day of the release that has it, or how the SHA-256 of its tarball begins; empty for the one that was
     *     replaced last
     * @throws FaultException if there is no such build any more; nothing is changed then
     */
    public PublishedImage restore(ImageName name, Optional<String> build) {
        Channel stable = new Channel.Stable();
        try {
            PublishedImage image = earlier(stable, name, build);
            bin.restoreImages(List.of(image), "Publish one from your machine: metal-images publish " + name);
            keepReplaced(stable, List.of(image), index -> index.with(List.of(image)));
            channels.changeNames(stable);
            return image;
        } catch (StoreException e) {
            throw e.fault("Run it again.");
        }
    }

    private PublishedImage earlier(Channel stable, ImageName name, Optional<String> build) throws StoreException {
        Optional<Channel> day = build.flatMap(Channel::find).filter(Channel.Release.class::isInstance);
        if (day.isPresent()) {
            return channels.index(day.get())
                    .find(name)
                    .orElseThrow(() -> FaultException.wrongInput(
                            "There is no " + name + " in the release "
                                    + day.get().path() + ".",
                            "See what there is: metal-images list --store " + store.address()));
        }
        Optional<PublishedImage> current = channels.index(stable).find(name);
        List<PublishedImage> replaced = bin.trash().images().reversed().stream()
                .filter(trashed -> trashed.channel().equals(stable))
                .map(Trash.TrashedImage::image)
                .filter(image -> image.name().equals(name)
                        && current.filter(image::isSameBuildAs).isEmpty())
                .toList();
        return replaced.stream()
                .filter(image -> tarball(image).startsWith(build.orElse("")))
                .findFirst()
                .orElseThrow(() -> FaultException.wrongInput(
                        "There is no such earlier build of " + name + " in " + store.address() + ".",
                        "There is: "
                                + (replaced.isEmpty()
                                        ? "none that was replaced of late"
                                        : String.join(
                                                ", ",
                                                replaced.stream()
                                                        .map(Publisher::tarball)
                                                        .toList()))
                                + ". Those of releases are named by their day."));
    }

    private static String tarball(PublishedImage image) {
        return image.files().getFirst().fingerprint().sha256().hex();
    }

    private static List<Published> outcomes(ChannelIndex index, List<Sent> sent) {
        return sent.stream()
                .map(each -> new Published(
                        each.image(),
                        outcome(
                                Optional.ofNullable(
                                        index.images().get(each.image().name())),
                                each.image()),
                        each.bytes()))
                .toList();
    }

    private static Outcome outcome(Optional<PublishedImage> before, PublishedImage image) {
        if (before.isEmpty()) {
            return Outcome.ADDED;
        }
        return isKept(before.get(), image) ? Outcome.UNCHANGED : Outcome.REPLACED;
    }

    /** Who publishes an image once more without having tested it takes nothing from the test that it has passed. */
    private static boolean isKept(PublishedImage before, PublishedImage image) {
        if (before.files().equals(image.files())) {
            return before.tested() || !image.tested();
        }
        return before.tested() && image.file(ArtifactLocation.TEST_RESULT).isEmpty() && before.isSameBuildAs(image);
    }

    @FunctionalInterface
    private interface Work<T> {
        T perform() throws StoreException;
    }

    private <T> T perform(Step step, String reason, Work<T> work) throws StoreException {
        long begun = System.nanoTime();
        progress.report(new Progress.Event.Started(step, reason));
        T result = work.perform();
        progress.report(new Progress.Event.Finished(step, Duration.ofNanos(System.nanoTime() - begun)));
        return result;
    }
}
