package io.metalimages.catalog;

import io.metalimages.common.Digest;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.object.CompareAndSwap;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a store have the objects of a site, and no others where a site has been. It remembers in the store from what it
 * made each, and asks no more about one that is to be made from the same, and has the version that it had. Not thread-safe.
 */
final class SiteWriter {

    private static final Step WRITING = new Step(1, "write pages", "");
    private static final Step DELETING = new Step(2, "delete old pages", "");

    private final RetryingStore store;
    private final Progress progress;
    private final boolean dryRun;
    private final Map<ObjectKey, Present> present;
    private final CatalogMemory memory;
    private final byte[] memoryBytes;
    private final Map<ObjectKey, CatalogMemory.RememberedPage> pages;
    private final Set<ObjectKey> objects = new HashSet<>();
    private final List<ObjectKey> written = new ArrayList<>();
    private long bytes;
    private long begun = System.nanoTime();

    /** An object that is there, or would be. */
    private record Present(long bytes, ObjectVersion version) {

        Present(ObjectSummary summary) {
            this(summary.bytes(), summary.version());
        }
    }

    /** The version of what nobody knows the version of: no object has it. */
    private static final ObjectVersion UNKNOWN = new ObjectVersion("");

    private SiteWriter(
            RetryingStore store, Progress progress, boolean dryRun, Map<ObjectKey, Present> present, Digest origin)
            throws StoreException {
        this.store = store;
        this.progress = progress;
        this.dryRun = dryRun;
        this.present = present;
        this.memoryBytes = readMemory();
        this.memory = parseMemory(origin);
        this.pages = new HashMap<>(memory.pages());
    }

    /**
     * Looks at what there is.
     *
     * @param origin who works, and on what
     */
    static SiteWriter open(RetryingStore store, Progress progress, boolean dryRun, Digest origin)
            throws StoreException {
        progress.report(new Progress.Event.Planned(List.of(WRITING, DELETING)));
        progress.report(new Progress.Event.Started(WRITING, "the store may have changed"));
        Map<ObjectKey, Present> present = new HashMap<>();
        try (Stream<ObjectSummary> objects = store.list(SitePages.DIRECTORY.value())) {
            objects.forEach(object -> present.put(object.key(), new Present(object)));
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
        store.find(SitePages.FRONT).ifPresent(front -> present.put(SitePages.FRONT, new Present(front)));
        return new SiteWriter(store, progress, dryRun, present, origin);
    }

    private byte[] readMemory() throws StoreException {
        Present summary = present.get(CatalogMemory.KEY);
        if (summary == null) {
            return new byte[0];
        }
        if (summary.bytes() > CatalogMemory.LARGEST) {
            note("it is too large");
            return new byte[0];
        }
        return store.readWhole(CatalogMemory.KEY).bytes();
    }

    private CatalogMemory parseMemory(Digest origin) {
        if (memoryBytes.length == 0) {
            return CatalogMemory.empty(origin);
        }
        try {
            return CatalogMemory.parse(memoryBytes, origin);
        } catch (IllegalArgumentException damaged) {
            note(String.valueOf(damaged.getMessage()));
            return CatalogMemory.empty(origin);
        }
    }

    private void note(String flaw) {
        progress.report(new Progress.Event.Note(CatalogMemory.KEY + " in " + store.address() + " is of no use, as "
                + flaw + ". All is looked at again."));
    }

    /** What was known of the channels. */
    SortedMap<Channel, IndexReader.ChannelBuilds> channels() {
        return memory.channels();
    }

    /** Begins to write a site, from its first object on. */
    void begin() {
        objects.clear();
    }

    /** Tells that an object is one of the site; returns whether it is there as it would be made from that. */
    boolean isCurrent(ObjectKey key, Digest from) {
        objects.add(key);
        CatalogMemory.RememberedPage page = pages.get(key);
        Present summary = present.get(key);
        return page != null
                && summary != null
                && page.from().equals(from)
                && page.version().equals(summary.version());
    }

    /** What the page of a build tells of it, if that is known. */
    Optional<BuildSummary> summary(ObjectKey key) {
        return Optional.ofNullable(pages.get(key)).flatMap(CatalogMemory.RememberedPage::summary);
    }

    /** Makes an object be there with this content, which alone tells from what it was made. */
    void put(ObjectKey key, byte[] content) throws StoreException {
        Digest from = Digest.of(content);
        if (!isCurrent(key, from)) {
            put(key, from, Optional.empty(), content);
        }
    }

    void put(ObjectKey key, Digest from, Optional<BuildSummary> summary, byte[] array) throws StoreException {
        objects.add(key);
        Content content = Content.of(array);
        Present before = present.get(key);
        if (before == null || before.bytes() != array.length || !store.holds(key, content)) {
            progress.report(new Progress.Event.Output(WRITING, key.value()));
            written.add(key);
            bytes += array.length;
            present.put(key, new Present(array.length, dryRun ? UNKNOWN : write(key, content, before)));
        }
        pages.put(key, new CatalogMemory.RememberedPage(from, version(key).orElse(UNKNOWN), summary));
    }

    private Optional<ObjectVersion> version(ObjectKey key) {
        return Optional.ofNullable(present.get(key)).map(Present::version);
    }

    private ObjectVersion write(ObjectKey key, Content content, @Nullable Present before) throws StoreException {
        try {
            return CompareAndSwap.write(store, key, Optional.ofNullable(before).map(Present::version), content);
        } catch (StoreException.VersionChanged | StoreException.ObjectExists somebodyElse) {
            CompareAndSwap.put(store, key, content);
            return UNKNOWN;
        }
    }

    /**
     * Deletes what no page leads to any more, and remembers the rest.
     *
     * @param channels what is in the channels
     */
    CatalogWriter.Written finish(SortedMap<Channel, IndexReader.ChannelBuilds> channels) throws StoreException {
        end(WRITING, begun);
        begun = System.nanoTime();
        progress.report(new Progress.Event.Started(DELETING, "there may be some"));
        List<ObjectKey> deleted = present.keySet().stream()
                .filter(key -> !objects.contains(key) && !key.equals(CatalogMemory.KEY))
                .sorted()
                .toList();
        if (!dryRun) {
            for (ObjectKey key : deleted) {
                progress.report(new Progress.Event.Output(DELETING, key.value()));
                store.delete(key);
            }
            remember(channels);
        }
        end(DELETING, begun);
        return new CatalogWriter.Written(objects.size(), written, deleted, bytes);
    }

    private void end(Step step, long begun) {
        progress.report(new Progress.Event.Finished(step, Duration.ofNanos(System.nanoTime() - begun)));
    }

    private void remember(SortedMap<Channel, IndexReader.ChannelBuilds> channels) throws StoreException {
        SortedMap<ObjectKey, CatalogMemory.RememberedPage> kept = new TreeMap<>(pages);
        kept.keySet().retainAll(objects);
        byte[] json = new CatalogMemory(memory.origin(), channels, kept).toJson();
        if (json.length > CatalogMemory.LARGEST) {
            progress.report(new Progress.Event.Note("There is too much in the store to be remembered in "
                    + CatalogMemory.KEY + ": all is looked at again the next time."));
        } else if (!Arrays.equals(json, memoryBytes)) {
            try {
                CompareAndSwap.write(store, CatalogMemory.KEY, version(CatalogMemory.KEY), Content.of(json));
            } catch (StoreException.VersionChanged | StoreException.ObjectExists somebodyElse) {
                progress.report(
                        new Progress.Event.Note("Somebody else has written " + CatalogMemory.KEY + " meanwhile."));
            }
        }
    }
}
