package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.store.object.CompareAndSwap;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes releases: what a channel has becomes the release of a day, inside the store.
 *
 * <p>Every content is compared with its checksum first. Then the release's index is written, if there is none: in this
 * step the release becomes visible, all images at once, and it never changes afterwards. The plain names are made from it,
 * and at last its notes are written. So a release that has notes is whole, and one that has an index only is finished by
 * the next run. Not thread-safe.
 */
public final class Releaser {

    /** What the notes are called, in the release's directory. */
    public static final String NOTES = "RELEASE_NOTES.md";

    private static final String AGAIN = "Run it again: it goes on where it was.";

    private final RetryingStore store;
    private final Channels channels;
    private final PublishedTests tests;
    private final TrashBin bin;
    private final InstantSource clock;
    private final Progress progress;

    /** @param store stays open */
    public Releaser(ObjectStore store, Progress progress) {
        this(store, RetryingStore.FIRST_PAUSE, InstantSource.system(), progress);
    }

    public Releaser(ObjectStore store, Duration firstPause, InstantSource clock, Progress progress) {
        this.store = RetryingStore.reporting(store, firstPause, progress);
        this.channels = new Channels(this.store);
        this.tests = new PublishedTests(channels);
        this.bin = new TrashBin(this.store, firstPause, clock, progress);
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * What to release, and how.
     *
     * @param from the channel that has the images; the release itself, to finish it as it was begun
     * @param today the latest day that can be released
     * @param untested whether images that passed no test are released, too
     * @param standIns whether images that were made from a stand-in for an archive are released, too
     */
    public record Options(Channel.Release release, Channel from, LocalDate today, boolean untested, boolean standIns) {

        /** Without those that were made from a stand-in. */
        public Options(Channel.Release release, Channel from, LocalDate today, boolean untested) {
            this(release, from, today, untested, false);
        }
    }

    /**
     * Finds out what the release would be. Changes nothing, and looks at no content but lists of packages and the like.
     *
     * <p>If there is an index already, it decides. It has to be what {@code from} has now; only if the release is not
     * finished, {@code from} may have got other images meanwhile.
     *
     * @throws FaultException if it cannot be made: the day is to come, there is nothing to release, something was not
     *     tested, or the release is there and has other images
     */
    public Release plan(Options options) {
        try {
            return attemptToPlan(options);
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    private Release attemptToPlan(Options options) throws StoreException {
        Channel.Release channel = options.release();
        if (channel.date().isAfter(options.today())) {
            throw FaultException.wrongInput(
                    channel.path() + " is a day to come.",
                    "Name today, " + new Channel.Release(options.today()).path() + ", or a day before.");
        }
        ChannelIndex present = channels.index(channel);
        if (present.withdrawn().isPresent()) {
            throw FaultException.wrongInput(
                    channel.path() + " was withdrawn at " + present.withdrawn().get() + ".",
                    "Release what is good by another day.");
        }
        ChannelIndex source = channels.index(options.from());
        boolean begun = !present.isUnused();
        if (begun) {
            requireSame(present, source, options);
        } else {
            requireReleasable(source, options);
        }
        Collection<PublishedImage> images = (begun ? present : source).images().values();
        ReleaseHistory history = ReleaseHistory.of(channel, channels);
        return new Release(channel, List.copyOf(images), begun, history.newest(images), history.notes(images));
    }

    private void requireReleasable(ChannelIndex source, Options options) throws StoreException {
        if (source.images().isEmpty()) {
            throw FaultException.wrongInput(
                    "There is nothing to release: " + source.channel() + " has no images.",
                    "Publish some: metal-images publish --channel " + source.channel());
        }
        List<String> later = source.images().values().stream()
                .filter(image -> day(image).isAfter(options.release().date()))
                .map(image -> image.name() + " on " + day(image))
                .toList();
        if (!later.isEmpty()) {
            throw FaultException.wrongInput(
                    options.release().path() + " is before its images were published: " + String.join(", ", later)
                            + ".",
                    "Name that day, or a later one.");
        }
        if (!options.untested()) {
            requireTested(source);
        }
        List<ImageName> standIns = source.images().values().stream()
                .filter(image -> image.standIn().isPresent())
                .map(PublishedImage::name)
                .toList();
        if (!options.standIns() && !standIns.isEmpty()) {
            throw FaultException.wrongInput(
                    "Made from a stand-in for a distribution's archive: " + names(standIns) + " in " + source.channel()
                            + ".",
                    "Build from the real archive, and publish again. To release all the same, say --allow-stand-in.");
        }
    }

    private void requireTested(ChannelIndex source) throws StoreException {
        List<String> untested = new ArrayList<>();
        for (PublishedImage image : source.images().values()) {
            tests.shortfall(image).ifPresent(reason -> untested.add(image.name() + " " + reason));
        }
        if (!untested.isEmpty()) {
            throw FaultException.wrongInput(
                    "Not tested as a release has to be, in " + source.channel() + ": " + String.join("; ", untested)
                            + ".",
                    "Test and publish " + (untested.size() == 1 ? "it" : "them")
                            + " again. To release all the same, say --untested.");
        }
    }

    private static LocalDate day(PublishedImage image) {
        return LocalDate.ofInstant(image.published(), ZoneOffset.UTC);
    }

    private void requireSame(ChannelIndex present, ChannelIndex source, Options options) throws StoreException {
        String day = options.release().path();
        SortedSet<ImageName> other = differences(present, source);
        if (other.isEmpty()) {
            return;
        }
        if (store.find(notes(options.release())).isPresent()) {
            throw FaultException.wrongInput(
                    day + " was released already, and is not what " + source.channel() + " is now: " + names(other)
                            + (other.size() == 1 ? " differs." : " differ.") + " A release never changes.",
                    "Release what " + source.channel() + " is now by another day. To see to " + day
                            + " as it is, such as to its tags in a registry: metal-images release " + day + " --from "
                            + day);
        }
        progress.report(new Progress.Event.Note(day + " was begun with other images than " + source.channel()
                + " has now (" + names(other) + "). It is finished as it was begun; nothing of what "
                + source.channel() + " has now gets into it."));
    }

    /** The images that not both have, or that are not the same in both. */
    private static SortedSet<ImageName> differences(ChannelIndex one, ChannelIndex other) {
        SortedSet<ImageName> names = new TreeSet<>(one.images().keySet());
        names.addAll(other.images().keySet());
        names.removeIf(name -> one.find(name)
                .map(PublishedImage::files)
                .equals(other.find(name).map(PublishedImage::files)));
        return names;
    }

    private static String names(Collection<ImageName> names) {
        return String.join(", ", names.stream().map(ImageName::toString).toList());
    }

    private static ObjectKey notes(Channel.Release channel) {
        return StoreLayout.ROOT.resolve(channel.path() + "/" + NOTES);
    }

    /**
     * Compares all contents of a release with their checksums, and then makes it, or what is left of it to be made.
     *
     * @param base where the store is for the public, for the notes; without a slash at its end
     * @param dryRun whether to compare only
     * @throws FaultException if a content is missing or damaged: then the release is as it was. If the store does not do
     *     its part: then it is as it was, or begun
     */
    public void perform(Release release, PublicUrl base, boolean dryRun) {
        SortedMap<ObjectKey, PublishedImage.PublishedFile> contents = contents(release);
        Step verifying = new Step(1, "verify " + contents.size() + " contents", "");
        Step showing = new Step(2, "make " + release.channel().path() + " visible", "");
        Step naming = new Step(3, "make the plain names", "");
        Step noting = new Step(4, "write the release notes", "");
        progress.report(
                new Progress.Event.Planned(dryRun ? List.of(verifying) : List.of(verifying, showing, naming, noting)));
        try {
            if (!dryRun) {
                bin.restore(contents.values().stream()
                        .map(file -> file.fingerprint().sha256())
                        .toList());
            }
            run(verifying, "all of it has to be there", () -> verify(release, verifying));
            if (!dryRun) {
                run(showing, "all of it is there", () -> show(release));
                run(naming, "machines know nothing else", () -> channels.changeNames(release.channel()));
                run(noting, "the release is whole", () -> write(release, base));
            }
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    /**
     * Says of a release that nobody should use it any more: in its index, and in its notes. Its images stay where they are
     * until they are pruned, as there may be machines that have them.
     *
     * @return what the release has
     * @throws FaultException if there is no such release
     */
    public ChannelIndex withdraw(Channel.Release release) {
        try {
            Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            ChannelIndex withdrawn = channels.change(release, index -> {
                if (index.isUnused()) {
                    throw FaultException.wrongInput(
                            "There is no release " + release.path() + " in " + store.address() + ".",
                            "See which there are: metal-images list --store " + store.address());
                }
                return index.withdrawn().isPresent() ? index : index.withdrawn(Optional.of(now));
            });
            warn(release, LocalDate.ofInstant(withdrawn.withdrawn().orElse(now), ZoneOffset.UTC));
            return withdrawn;
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    private void warn(Channel.Release release, LocalDate day) throws StoreException {
        ObjectKey key = notes(release);
        String warning = "> **This release was withdrawn on " + day + ". Do not use it.**\n\n";
        if (store.find(key).isEmpty()) {
            return;
        }
        String notes = new String(store.readWhole(key).bytes(), StandardCharsets.UTF_8);
        if (!notes.startsWith(warning)) {
            CompareAndSwap.put(store, key, Content.of((warning + notes).getBytes(StandardCharsets.UTF_8)));
        }
    }

    @FunctionalInterface
    private interface Work {
        void perform() throws StoreException;
    }

    private void run(Step step, String reason, Work work) throws StoreException {
        long begun = System.nanoTime();
        progress.report(new Progress.Event.Started(step, reason));
        work.perform();
        progress.report(new Progress.Event.Finished(step, Duration.ofNanos(System.nanoTime() - begun)));
    }

    /** All contents, each once. */
    private static SortedMap<ObjectKey, PublishedImage.PublishedFile> contents(Release release) {
        SortedMap<ObjectKey, PublishedImage.PublishedFile> contents = new TreeMap<>();
        release.images().forEach(image -> image.files().forEach(file -> contents.put(file.key(), file)));
        return contents;
    }

    private void verify(Release release, Step step) throws StoreException {
        Set<ObjectKey> verified = new HashSet<>();
        List<String> wrong = new ArrayList<>();
        for (PublishedImage image : release.images()) {
            for (PublishedImage.PublishedFile file : image.files()) {
                if (!verified.add(file.key())) {
                    continue;
                }
                progress.report(new Progress.Event.Output(step, image.name() + "/" + file.name()));
                if (!store.holds(file.key(), file.fingerprint())) {
                    wrong.add(image.name() + "/" + file.name()
                            + (store.find(file.key()).isPresent() ? " is damaged" : " is missing"));
                }
            }
        }
        if (!wrong.isEmpty()) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    "Not all is in " + store.address() + " that "
                            + release.channel().path() + " would have: " + String.join(", ", wrong) + ".",
                    "Publish the image again: that sends what is missing, and replaces what is damaged.",
                    null);
        }
    }

    /** Writes the index, unless it is there. */
    private void show(Release release) throws StoreException {
        ChannelIndex wanted = ChannelIndex.empty(release.channel()).with(release.images());
        ChannelIndex present = channels.change(release.channel(), index -> index.isUnused() ? wanted : index);
        SortedSet<ImageName> other = differences(present, wanted);
        if (!other.isEmpty()) {
            throw FaultException.wrongInput(
                    "Somebody else has released " + release.channel().path() + " meanwhile, with other images: "
                            + names(other) + ".",
                    "Look at " + StoreLayout.index(release.channel()) + ", and take another day if need be.");
        }
    }

    /** Two who make the same release write the same notes, but for where the store is for the public. */
    private void write(Release release, PublicUrl base) throws StoreException {
        ObjectKey key = notes(release.channel());
        Content markdown = Content.of(release.notes().toMarkdown(base).getBytes(StandardCharsets.UTF_8));
        if (store.find(key).isPresent()) {
            return;
        }
        try {
            store.writeIfAbsent(key, markdown);
        } catch (StoreException.ObjectExists e) {
            progress.report(new Progress.Event.Note(
                    "Somebody else has finished " + release.channel().path() + "."));
        }
    }
}
