package io.metalimages.pipeline.cache;

import io.metalimages.engine.snapshot.Origin;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What steps made, and what steps left that failed. */
final class SnapshotSection implements CacheSection {

    private final StateDirectory state;
    private final SnapshotStore snapshots;
    private final WorkDirectory work;
    private final Map<String, SnapshotStore.Entry> visited = new HashMap<>();

    SnapshotSection(StateDirectory state, SnapshotStore snapshots, WorkDirectory work) {
        this.state = state;
        this.snapshots = snapshots;
        this.work = work;
    }

    @Override
    public boolean holds(CacheKind kind) {
        return kind == CacheKind.STEP_RESULT || kind == CacheKind.FAILED_STEP;
    }

    @Override
    public List<Path> directories() {
        return List.of(state.snapshots(), state.failed(), state.actions());
    }

    @Override
    public List<CacheEntry> entries() throws IOException {
        visited.clear();
        snapshots.walk(entry -> visited.put(entry.id(), entry));
        List<CacheEntry> entries = new ArrayList<>();
        for (SnapshotStore.Entry entry : visited.values()) {
            entries.add(new CacheEntry(
                    entry.failed() ? CacheKind.FAILED_STEP : CacheKind.STEP_RESULT,
                    entry.id(),
                    entry.name().isEmpty() ? entry.id() : entry.name(),
                    entry.parent(),
                    entry.used(),
                    snapshots.usage(entry.id()),
                    useless(entry)));
        }
        return entries;
    }

    /** Also what lies on something useless is: its key has that in it. */
    private Optional<String> useless(SnapshotStore.Entry entry) {
        Set<String> seen = new HashSet<>();
        Optional<SnapshotStore.Entry> below = Optional.of(entry);
        while (below.isPresent() && seen.add(below.get().id())) {
            if (below.get().damage().isPresent()) {
                return below.get().damage();
            }
            if (!below.get().current()) {
                return Optional.of("a newer result has taken its place");
            }
            below = below.get().parent().map(visited::get);
        }
        return Optional.empty();
    }

    Optional<Origin> origin(CacheEntry entry) throws IOException {
        return snapshots.origin(entry.id());
    }

    @Override
    public boolean remove(CacheEntry entry) throws IOException {
        SnapshotStore.Entry known = visited.get(entry.id());
        return known != null && snapshots.remove(known, work);
    }

    @Override
    public Optional<String> verify(CacheEntry entry) throws IOException {
        SnapshotStore.Entry known = visited.get(entry.id());
        return known == null ? Optional.empty() : snapshots.verify(known);
    }
}
