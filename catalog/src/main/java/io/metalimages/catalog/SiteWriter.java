package io.metalimages.catalog;

import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.store.object.CompareAndSwap;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.StoreException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** Makes a store have the objects of a site, and no others where a site has been. */
final class SiteWriter {

    private final ObjectStore store;
    private final Progress progress;
    private final boolean dryRun;

    SiteWriter(ObjectStore store, Progress progress, boolean dryRun) {
        this.store = store;
        this.progress = progress;
        this.dryRun = dryRun;
    }

    /** Writes in the given order what is not there as it should be, and then deletes what no page leads to any more. */
    CatalogWriter.Written write(SequencedMap<ObjectKey, byte[]> objects) throws StoreException {
        Step writing = new Step(1, "write pages", "");
        Step deleting = new Step(2, "delete old pages", "");
        progress.report(new Progress.Event.Planned(List.of(writing, deleting)));
        List<ObjectKey> written = new ArrayList<>();
        long bytes = 0;
        long begun = begin(writing, "the store may have changed");
        for (Map.Entry<ObjectKey, byte[]> object : objects.entrySet()) {
            if (put(object.getKey(), Content.of(object.getValue()))) {
                progress.report(
                        new Progress.Event.Output(writing, object.getKey().value()));
                written.add(object.getKey());
                bytes += object.getValue().length;
            }
        }
        end(writing, begun);
        begun = begin(deleting, "there may be some");
        List<ObjectKey> deleted = surplus(objects);
        if (!dryRun) {
            for (ObjectKey key : deleted) {
                progress.report(new Progress.Event.Output(deleting, key.value()));
                store.delete(key);
            }
        }
        end(deleting, begun);
        return new CatalogWriter.Written(objects.size(), written, deleted, bytes);
    }

    private long begin(Step step, String reason) {
        progress.report(new Progress.Event.Started(step, reason));
        return System.nanoTime();
    }

    private void end(Step step, long begun) {
        progress.report(new Progress.Event.Finished(step, Duration.ofNanos(System.nanoTime() - begun)));
    }

    /** Returns whether the object was another one, or none. */
    private boolean put(ObjectKey key, Content content) throws StoreException {
        return dryRun ? !store.holds(key, content) : CompareAndSwap.put(store, key, content);
    }

    private List<ObjectKey> surplus(SequencedMap<ObjectKey, byte[]> objects) throws StoreException {
        try (Stream<ObjectSummary> present = store.list(SitePages.DIRECTORY.value())) {
            return present.map(ObjectSummary::key)
                    .filter(key -> !objects.containsKey(key))
                    .toList();
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
    }
}
