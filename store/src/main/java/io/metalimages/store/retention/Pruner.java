package io.metalimages.store.retention;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.RegisteredImage;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.ChannelSurvey;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.channel.Trash;
import io.metalimages.store.channel.TrashBin;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.registration.RegisteredUse;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes old images out of their channels, and deletes contents that no channel needs, after a time in the {@link Trash}.
 * What is stable is never touched.
 *
 * <p>An image is put down in the trash before it vanishes from its index, the index changes before the plain names, and a
 * content is deleted when it was in no index for the whole trash period. So a process that ends at any moment leaves every
 * index whole, and the next run goes on. {@link TrashBin} says what keeps others safe who publish meanwhile. To be closed. Not
 * thread-safe.
 */
public final class Pruner implements AutoCloseable {

    private static final String AGAIN = "Run it again: it goes on where it was.";

    /** How long others wait for one who deletes and is not heard of again. */
    private static final Duration ANNOUNCED = Duration.ofMinutes(15);

    /** How long before that he ceases to: for requests that are on their way, and clocks that differ. */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    private final RetryingStore store;
    private final Channels channels;
    private final ChannelSurvey survey;
    private final TrashBin bin;
    private final InstantSource clock;
    private final Progress progress;

    /** @param store stays open */
    public Pruner(ObjectStore store, Progress progress) {
        this(store, RetryingStore.FIRST_PAUSE, InstantSource.system(), progress);
    }

    Pruner(ObjectStore store, Duration firstPause, InstantSource clock, Progress progress) {
        this.store = RetryingStore.reporting(store, firstPause, progress);
        this.channels = new Channels(this.store);
        this.survey = new ChannelSurvey(this.store, channels);
        this.bin = new TrashBin(this.store, firstPause, clock, progress);
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * What to keep.
     *
     * @param registered all that a metal-api lists, with the machines that use them; none if there is no metal-api
     * @param trashPeriod how long contents wait before they are deleted; longer than any publishing takes
     */
    public record Options(Retention retention, List<RegisteredImage> registered, Duration trashPeriod) {

        public Options {
            registered = List.copyOf(registered);
        }
    }

    /** Finds out what there is to do. Changes nothing. */
    public PrunePlan plan(Options options) {
        try {
            Instant now = clock.instant();
            survey.refresh();
            return new Judgement(survey, options, now).plan(contents(), bin.trash());
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    /** What is decided about the images of a store. */
    private static final class Judgement {

        private final ChannelSurvey survey;
        private final Options options;
        private final Instant now;
        private final RegisteredUse use;

        /** When the newest image of each name was published. */
        private final Map<ImageName, Instant> newest = new HashMap<>();

        /** The releases that have images. */
        private final NavigableSet<Channel.Release> releases = new TreeSet<>();

        /** The last of these that has an image of the name. */
        private final Map<ImageName, Channel.Release> newestRelease = new HashMap<>();

        private final Set<ImageName> stable = new HashSet<>();

        Judgement(ChannelSurvey survey, Options options, Instant now) {
            this.survey = survey;
            this.options = options;
            this.now = now;
            this.use = new RegisteredUse(options.registered(), now);
            survey.forEach(this::learn);
        }

        private void learn(Channel channel, ChannelIndex index) {
            for (PublishedImage image : index.images().values()) {
                newest.merge(image.name(), image.published(), (one, other) -> one.isAfter(other) ? one : other);
            }
            Set<ImageName> names = index.images().keySet();
            switch (channel) {
                case Channel.Stable() -> stable.addAll(names);
                case Channel.PullRequest(String slug) -> {}
                case Channel.Release release -> {
                    if (!names.isEmpty() && index.withdrawn().isEmpty()) {
                        releases.add(release);
                        names.forEach(name -> newestRelease.merge(
                                name, release, (one, other) -> one.compareTo(other) > 0 ? one : other));
                    }
                }
            }
        }

        PrunePlan plan(Map<Digest, Long> contents, Trash trash) {
            List<PrunePlan.Judged> going = new ArrayList<>();
            List<PrunePlan.Judged> kept = new ArrayList<>();
            Set<Digest> needed = new HashSet<>();
            Set<Digest> left = new HashSet<>();
            Map<Channel, List<Trash.TrashedImage>> trashed =
                    trash.images().stream().collect(Collectors.groupingBy(Trash.TrashedImage::channel));
            Set<Trash.TrashedImage> replaced = new HashSet<>();
            survey.forEach((channel, index) -> {
                for (PublishedImage image : index.images().values()) {
                    Optional<String> goes = reasonToGo(channel, index, image);
                    Optional<String> stays = goes.flatMap(reason -> reasonToStay(channel, image));
                    stays.ifPresent(reason -> kept.add(new PrunePlan.Judged(channel, image, 0, reason)));
                    if (goes.isPresent() && stays.isEmpty()) {
                        going.add(new PrunePlan.Judged(channel, image, 0, goes.get()));
                        left.addAll(digests(image));
                    } else {
                        needed.addAll(digests(image));
                    }
                }
                trashed.getOrDefault(channel, List.of()).stream()
                        .filter(image -> index.find(image.image().name()).isPresent())
                        .forEach(replaced::add);
            });
            PrunePlan.Contents unneeded = new PrunePlan.Contents(0, 0);
            PrunePlan.Contents ripe = new PrunePlan.Contents(0, 0);
            for (Map.Entry<Digest, Long> content : contents.entrySet()) {
                if (needed.contains(content.getKey())) {
                    continue;
                }
                if (!left.contains(content.getKey()) && isRipe(trash, content.getKey())) {
                    ripe = ripe.plus(content.getValue());
                } else {
                    unneeded = unneeded.plus(content.getValue());
                }
            }
            return new PrunePlan(
                    sized(going, needed),
                    kept,
                    unneeded,
                    ripe,
                    trash.images().stream()
                            .filter(image -> !replaced.contains(image))
                            .map(image -> new PrunePlan.Restorable(image.channel(), image.image()))
                            .toList());
        }

        private boolean isRipe(Trash trash, Digest content) {
            Trash.TrashedObject object = trash.objects().get(content);
            return object != null && object.since().plus(options.trashPeriod()).compareTo(now) <= 0;
        }

        private static List<PrunePlan.Judged> sized(List<PrunePlan.Judged> going, Set<Digest> needed) {
            Set<Digest> counted = new HashSet<>(needed);
            return going.stream()
                    .map(judged -> new PrunePlan.Judged(
                            judged.channel(),
                            judged.image(),
                            judged.image().files().stream()
                                    .filter(file ->
                                            counted.add(file.fingerprint().sha256()))
                                    .mapToLong(file -> file.fingerprint().bytes())
                                    .sum(),
                            judged.reason()))
                    .toList();
        }

        private Optional<String> reasonToGo(Channel channel, ChannelIndex index, PublishedImage image) {
            return switch (channel) {
                case Channel.Stable() -> Optional.empty();
                case Channel.PullRequest(String slug) -> {
                    long days = ChronoUnit.DAYS.between(image.published(), now);
                    yield days > options.retention().pullRequestDays()
                            ? Optional.of("published " + days + " days ago")
                            : Optional.empty();
                }
                case Channel.Release release -> {
                    long days = ChronoUnit.DAYS.between(release.date(), LocalDate.ofInstant(now, ZoneOffset.UTC));
                    Optional<Instant> withdrawn = index.withdrawn();
                    if (withdrawn.isPresent()) {
                        yield Optional.of("withdrawn on " + LocalDate.ofInstant(withdrawn.get(), ZoneOffset.UTC));
                    }
                    int newer = releases.tailSet(release, false).size();
                    yield newer >= options.retention().releases()
                                    && days > options.retention().releaseDays()
                            ? Optional.of("released " + days + " days ago, and " + newer
                                    + (newer == 1 ? " release is" : " releases are") + " newer")
                            : Optional.empty();
                }
            };
        }

        private Optional<String> reasonToStay(Channel channel, PublishedImage image) {
            return use.reason(channel, image)
                    .or(() -> isNewest(channel, image)
                            ? Optional.of("the newest " + image.name() + " that there is")
                            : Optional.empty());
        }

        private boolean isNewest(Channel channel, PublishedImage image) {
            Optional<Channel.Release> last = Optional.ofNullable(newestRelease.get(image.name()));
            return switch (channel) {
                case Channel.Stable() -> true;
                case Channel.Release release ->
                    last.filter(later -> later.compareTo(release) > 0).isEmpty();
                case Channel.PullRequest(String slug) ->
                    !stable.contains(image.name()) && last.isEmpty() && isNewestPull(image);
            };
        }

        private boolean isNewestPull(PublishedImage image) {
            return !newest.getOrDefault(image.name(), Instant.MIN).isAfter(image.published());
        }
    }

    private static List<Digest> digests(PublishedImage image) {
        return image.files().stream().map(file -> file.fingerprint().sha256()).toList();
    }

    private Set<Digest> needed() throws StoreException {
        Set<Digest> needed = new HashSet<>();
        survey.refresh();
        survey.forEach((channel, index) -> index.images().values().forEach(image -> needed.addAll(digests(image))));
        return needed;
    }

    /** All contents that are there, and their sizes. */
    private Map<Digest, Long> contents() throws StoreException {
        Map<Digest, Long> contents = new HashMap<>();
        try (Stream<ObjectSummary> objects = store.list(StoreLayout.OBJECTS.value())) {
            objects.forEach(object ->
                    StoreLayout.contentOf(object.key()).ifPresent(digest -> contents.put(digest, object.bytes())));
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
        return contents;
    }

    /**
     * Does what was planned. An image that has been published anew since stays.
     *
     * @param plan may be older than the store: whatever it says, no content is deleted that an index needs
     * @return the contents that were deleted
     */
    public PrunePlan.Contents perform(PrunePlan plan, Options options) {
        try {
            if (!store.capabilities().conditionalWrites()) {
                progress.report(new Progress.Event.Note(
                        store.address() + " does not write on a condition: nobody may publish to it while this runs."));
            }
            if (!plan.going().isEmpty()) {
                mark();
                take(plan);
            }
            survey.refresh();
            for (Channel channel : survey.unfinished(bin.trash())) {
                channels.changeNames(channel);
            }
            mark();
            PrunePlan.Contents deleted = sweep(options.trashPeriod());
            forget(options.trashPeriod());
            survey.keep();
            return deleted;
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    private Instant seconds() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private void take(PrunePlan plan) throws StoreException {
        SortedMap<Channel, List<PublishedImage>> going = new TreeMap<>(Comparator.comparing(Channel::path));
        plan.going()
                .forEach(judged -> going.computeIfAbsent(judged.channel(), channel -> new ArrayList<>())
                        .add(judged.image()));
        Instant now = seconds();
        bin.change(trash -> trash.withImages(plan.going().stream()
                .map(judged -> new Trash.TrashedImage(judged.channel(), judged.image(), now))
                .toList()));
        for (Map.Entry<Channel, List<PublishedImage>> entry : going.entrySet()) {
            take(entry.getKey(), entry.getValue(), now);
        }
    }

    private void take(Channel channel, Collection<PublishedImage> images, Instant now) throws StoreException {
        channels.change(
                channel,
                index -> index.without(
                        images.stream()
                                .filter(image -> index.find(image.name())
                                        .filter(image::equals)
                                        .isPresent())
                                .map(PublishedImage::name)
                                .toList(),
                        now));
    }

    /** Marks what no index needs, and takes the mark from what one needs or is not there. */
    private void mark() throws StoreException {
        Map<Digest, Long> contents = contents();
        Set<Digest> needed = needed();
        bin.change(trash -> {
            Instant now = clock.instant();
            List<Trash.TrashedObject> marked = contents.entrySet().stream()
                    .filter(content -> !needed.contains(content.getKey())
                            && !trash.objects().containsKey(content.getKey()))
                    .map(content -> new Trash.TrashedObject(
                            content.getKey(),
                            content.getValue(),
                            now.truncatedTo(ChronoUnit.SECONDS),
                            Optional.empty()))
                    .toList();
            List<Digest> unmarked = trash.objects().values().stream()
                    .filter(object -> !object.isBeingDeleted(now))
                    .map(Trash.TrashedObject::sha256)
                    .filter(digest -> needed.contains(digest) || !contents.containsKey(digest))
                    .toList();
            return trash.withObjects(marked).withoutObjects(unmarked);
        });
    }

    /** Deletes what has had its mark for the trash period and is in no index. */
    private PrunePlan.Contents sweep(Duration trashPeriod) throws StoreException {
        PrunePlan.Contents deleted = new PrunePlan.Contents(0, 0);
        while (true) {
            Instant until = seconds().plus(ANNOUNCED);
            List<Trash.TrashedObject> swept = beginSweep(trashPeriod, until);
            if (swept.isEmpty()) {
                return deleted;
            }
            Set<Digest> needed = needed();
            Set<Digest> settled = new HashSet<>();
            for (Trash.TrashedObject object : swept) {
                if (!clock.instant().isBefore(until.minus(MARGIN))) {
                    break;
                }
                if (!needed.contains(object.sha256())) {
                    store.delete(StoreLayout.object(object.sha256()));
                    deleted = deleted.plus(object.bytes());
                }
                settled.add(object.sha256());
            }
            endSweep(swept, settled, until);
            if (settled.isEmpty()) {
                throw FaultException.remote(
                        "Looking into all indexes of " + store.address() + " took longer than "
                                + ANNOUNCED.minus(MARGIN).toMinutes()
                                + " minutes, in which others may have begun to need what was to be deleted.",
                        "Run it again when the store answers faster. Nothing that anybody needs was deleted.");
            }
        }
    }

    private List<Trash.TrashedObject> beginSweep(Duration trashPeriod, Instant until) throws StoreException {
        List<Trash.TrashedObject> swept = new ArrayList<>();
        bin.change(trash -> {
            Instant now = clock.instant();
            swept.clear();
            trash.objects().values().stream()
                    .filter(object ->
                            object.since().plus(trashPeriod).compareTo(now) <= 0 && !object.isBeingDeleted(now))
                    .map(object -> new Trash.TrashedObject(
                            object.sha256(), object.bytes(), object.since(), Optional.of(until)))
                    .forEach(swept::add);
            return trash.withObjects(swept);
        });
        return swept;
    }

    private void endSweep(List<Trash.TrashedObject> swept, Set<Digest> settled, Instant until) throws StoreException {
        bin.change(trash -> {
            List<Trash.TrashedObject> ours = swept.stream()
                    .flatMap(object -> Stream.ofNullable(trash.objects().get(object.sha256())))
                    .filter(object -> object.deleted().filter(until::equals).isPresent())
                    .toList();
            return trash.withObjects(ours.stream()
                            .map(object -> new Trash.TrashedObject(
                                    object.sha256(), object.bytes(), object.since(), Optional.empty()))
                            .toList())
                    .withoutObjects(ours.stream()
                            .map(Trash.TrashedObject::sha256)
                            .filter(settled::contains)
                            .toList());
        });
    }

    /**
     * Drops what cannot be restored any more, and what never was taken out. What somebody else takes out meanwhile is none
     * of it, whatever its index said before.
     */
    private void forget(Duration trashPeriod) throws StoreException {
        List<Trash.TrashedImage> trashedBefore = bin.trash().images();
        Map<Channel, List<Trash.TrashedImage>> trashed =
                trashedBefore.stream().collect(Collectors.groupingBy(Trash.TrashedImage::channel));
        Set<Trash.TrashedImage> present = new HashSet<>();
        survey.refresh();
        survey.forEach((channel, index) -> trashed.getOrDefault(channel, List.of()).stream()
                .filter(image -> index.find(image.image().name())
                        .filter(image.image()::equals)
                        .isPresent())
                .forEach(present::add));
        bin.change(trash -> trash.withoutImages(image ->
                present.contains(image) || image.since().plus(trashPeriod).compareTo(clock.instant()) <= 0));
    }

    /**
     * Puts back what was taken out of a channel, unless the channel has got another image of that name since.
     *
     * @return the images that were put back
     * @throws FaultException if there is nothing of it in the trash, or contents are gone
     */
    public List<PublishedImage> restore(Channel channel) {
        try {
            ChannelIndex index = channels.index(channel);
            List<Trash.TrashedImage> restorable = bin.trash().images().stream()
                    .filter(trashed -> trashed.channel().equals(channel))
                    .filter(trashed -> index.find(trashed.image().name())
                            .map(trashed.image()::equals)
                            .orElse(true))
                    .toList();
            List<PublishedImage> images =
                    restorable.stream().map(Trash.TrashedImage::image).toList();
            if (images.isEmpty()) {
                throw FaultException.wrongInput(
                        "There is nothing of " + channel.path() + " in the trash of " + store.address()
                                + " that could be put back.",
                        "See what there is: metal-images prune --store " + store.address());
            }
            bin.restoreImages(images, "The trash period of " + channel.path() + " is over.");
            putBack(channel, images);
            channels.changeNames(channel);
            // Not what has been taken out once more.
            bin.change(trash -> trash.withoutImages(restorable::contains));
            return images;
        } catch (StoreException e) {
            throw e.fault(AGAIN);
        }
    }

    private void putBack(Channel channel, List<PublishedImage> images) throws StoreException {
        channels.change(
                channel,
                index -> index.with(images.stream()
                        .filter(image -> index.find(image.name()).isEmpty())
                        .toList()));
    }

    @Override
    public void close() {
        survey.close();
    }
}
