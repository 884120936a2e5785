package io.metalimages.pipeline.cache;

import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.engine.snapshot.Origin;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.snapshot.TreeSize;
import io.metalimages.engine.work.CacheMounts;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Everything in the state directory. Others may build, and use the state in any other way, at the same time: what a running
 * program uses stays. Whoever is killed meanwhile leaves whole entries behind. Not thread-safe.
 *
 * <p>Example: of three step results that lie on each other, the last is removed before the one below it, and the first only when
 * nothing lies on it any more. Counter-example: a result that a build has found in its cache stays, and so does all below it,
 * however old.
 */
public final class StateCache {

    private static final Duration LONGEST_STEP = Duration.ofDays(1);
    private static final Duration BETWEEN_COLLECTIONS = Duration.ofHours(1);
    private static final String COLLECTED = "collected";
    private static final List<String> PROGRAM = List.of("jdk", "maven");

    private final StateDirectory state;
    private final SnapshotStore snapshots;
    private final SnapshotSection steps;
    private final List<CacheSection> sections;

    /** @param work takes what is being removed */
    public StateCache(StateDirectory state, SnapshotStore snapshots, WorkDirectory work) {
        this.state = state;
        this.snapshots = snapshots;
        this.steps = new SnapshotSection(state, snapshots, work);
        this.sections = List.of(
                steps,
                new MountSection(new CacheMounts(state, work), state.caches()),
                files(CacheKind.BLOCK, state.blocks(), 2, BlockCache::isWhole),
                new FileSection(CacheKind.STEP_LOG, state.logs(), 0, LONGEST_STEP, FileSection.Reader.CONTENT),
                files(CacheKind.STEP_HISTORY, state.history(), 0, RecordFile::isWhole),
                files(CacheKind.ARTIFACT_RECORD, state.artifacts(), 0, RecordFile::isWhole),
                files(CacheKind.BASE, state.bases(), 0, FileSection.Reader.CONTENT),
                files(CacheKind.ACCELERATION, state.accelerations(), 0, FileSection.Reader.CONTENT));
    }

    private static FileSection files(CacheKind kind, Path directory, int depth, FileSection.Reader reader) {
        return new FileSection(kind, directory, depth, Duration.ZERO, reader);
    }

    /**
     * How much there is of a kind.
     *
     * @param used when the newest was last used; empty if there is none
     */
    public record Usage(CacheKind kind, long entries, long bytes, Optional<Instant> used) {}

    /** How much there is of each kind, those that nothing is there of left out. */
    public List<Usage> usage() throws IOException {
        Map<CacheKind, List<CacheEntry>> kinds = new EnumMap<>(CacheKind.class);
        for (CacheEntry entry : entries()) {
            kinds.computeIfAbsent(entry.kind(), _ -> new ArrayList<>()).add(entry);
        }
        for (CacheEntry entry : others()) {
            kinds.computeIfAbsent(entry.kind(), _ -> new ArrayList<>()).add(entry);
        }
        List<Usage> usages = new ArrayList<>();
        kinds.forEach((kind, entries) -> usages.add(new Usage(
                kind,
                entries.size(),
                entries.stream().mapToLong(CacheEntry::bytes).sum(),
                entries.stream().map(CacheEntry::used).max(Comparator.naturalOrder()))));
        return usages;
    }

    private List<CacheEntry> entries() throws IOException {
        List<CacheEntry> entries = new ArrayList<>();
        for (CacheSection section : sections) {
            entries.addAll(section.entries());
        }
        return entries;
    }

    /** What is never removed from here. */
    private List<CacheEntry> others() throws IOException {
        Set<Path> known = new HashSet<>(Set.of(state.root().resolve(COLLECTED)));
        sections.forEach(section -> known.addAll(section.directories()));
        List<CacheEntry> others = new ArrayList<>();
        try (Stream<Path> children = Files.list(state.root())) {
            for (Path child : children.toList()) {
                String name = child.getFileName().toString();
                if (!known.contains(child)) {
                    others.add(new CacheEntry(
                            PROGRAM.contains(name) ? CacheKind.PROGRAM : CacheKind.OTHER,
                            name,
                            name,
                            Optional.empty(),
                            Files.getLastModifiedTime(child, LinkOption.NOFOLLOW_LINKS)
                                    .toInstant(),
                            Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)
                                    ? TreeSize.of(child).bytes()
                                    : Files.size(child),
                            Optional.empty()));
                }
            }
        }
        return others;
    }

    /**
     * What was removed, or would be.
     *
     * @param removed in this order
     * @param inUse what should have gone, but is used by a program that runs
     * @param left bytes of what may be removed and is still there
     */
    public record Pruning(List<CacheEntry> removed, List<CacheEntry> inUse, long left) {

        /** Bytes of what was removed. */
        public long freed() {
            return removed.stream().mapToLong(CacheEntry::bytes).sum();
        }
    }

    /**
     * Removes what {@code policy} says.
     *
     * @param dryRun remove nothing, only say what would go if nobody used it
     */
    public Pruning prune(CachePolicy policy, boolean dryRun) throws IOException {
        List<CacheEntry> entries = entries();
        StepTree tree = new StepTree(entries);
        long left = entries.stream().mapToLong(CacheEntry::bytes).sum();
        Instant oldest = Instant.now().minus(policy.olderThan().orElse(Duration.ZERO));
        List<CacheEntry> removed = new ArrayList<>();
        List<CacheEntry> inUse = new ArrayList<>();
        for (CacheEntry entry : tree.leavesAndOldestFirst()) {
            boolean wanted = policy.everything()
                    || entry.useless().isPresent()
                    || (policy.olderThan().isPresent() && tree.used(entry).isBefore(oldest))
                    || (policy.keepBytes().isPresent()
                            && left > policy.keepBytes().get());
            if (!wanted || tree.isNeeded(entry)) {
                continue;
            }
            if (dryRun || section(entry.kind()).remove(entry)) {
                tree.removed(entry);
                removed.add(entry);
                left -= entry.bytes();
            } else {
                inUse.add(entry);
            }
        }
        if (!dryRun) {
            snapshots.sweep();
        }
        return new Pruning(removed, inUse, left);
    }

    /**
     * Prunes after a build that made something, but not more often than once an hour.
     *
     * @return empty if it is too early
     */
    public Optional<Pruning> collect(CachePolicy policy) throws IOException {
        Path mark = state.root().resolve(COLLECTED);
        Instant now = Instant.now();
        try {
            Instant last = Files.getLastModifiedTime(mark).toInstant();
            if (last.isAfter(now.minus(BETWEEN_COLLECTIONS)) && !last.isAfter(now)) {
                return Optional.empty();
            }
            Files.setLastModifiedTime(mark, FileTime.from(now));
        } catch (NoSuchFileException never) {
            Files.write(mark, new byte[0]);
        }
        return Optional.of(prune(policy, false));
    }

    private CacheSection section(CacheKind kind) {
        return sections.stream()
                .filter(section -> section.holds(kind))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Never removed: " + kind));
    }

    /** An entry that can't be used. */
    public record Damage(CacheEntry entry, String reason, boolean removed) {}

    /** What was read, and what of it is damaged. */
    public record Verification(long entries, long bytes, List<Damage> damages) {}

    /**
     * Reads everything back from disk.
     *
     * @param repair remove what is damaged, so that it is made again when it is next needed
     */
    public Verification verify(boolean repair) throws IOException {
        List<CacheEntry> entries = entries();
        StepTree tree = new StepTree(entries);
        List<Damage> damages = new ArrayList<>();
        Set<String> damaged = new HashSet<>();
        Map<CacheEntry, String> reasons = new HashMap<>();
        for (CacheEntry entry : tree.leavesAndOldestFirst().reversed()) {
            Optional<String> reason = section(entry.kind()).verify(entry);
            if (reason.isEmpty() && entry.parent().filter(damaged::contains).isPresent()) {
                reason = Optional.of("the step result that it lies on is damaged");
            }
            if (reason.isPresent()) {
                reasons.put(entry, reason.get());
                damaged.add(entry.id());
            }
        }
        for (CacheEntry entry : tree.leavesAndOldestFirst()) {
            String reason = reasons.get(entry);
            if (reason != null) {
                boolean removed =
                        repair && !tree.isNeeded(entry) && section(entry.kind()).remove(entry);
                if (removed) {
                    tree.removed(entry);
                }
                damages.add(new Damage(entry, reason, removed));
            }
        }
        return new Verification(
                entries.size(), entries.stream().mapToLong(CacheEntry::bytes).sum(), damages);
    }

    /**
     * Why a step result is there.
     *
     * @param origin what made it; empty if an earlier version did
     * @param below what it lies on, the lowest first
     * @param above how many entries lie on it
     */
    public record Explanation(CacheEntry entry, Optional<Origin> origin, List<CacheEntry> below, long above) {}

    /**
     * Explains step results and what failed steps left, those below first.
     *
     * @param wanted first digits of an entry's id or key, the name of an image, or a place such as {@code Dockerfile:12}; empty
     *     for all
     */
    public List<Explanation> explain(String wanted) throws IOException {
        List<CacheEntry> entries = steps.entries();
        StepTree tree = new StepTree(entries);
        List<Explanation> explanations = new ArrayList<>();
        for (CacheEntry entry : tree.leavesAndOldestFirst().reversed()) {
            Optional<Origin> origin = steps.origin(entry);
            if (isMeant(wanted, entry, origin)) {
                explanations.add(new Explanation(entry, origin, tree.below(entry), tree.above(entry)));
            }
        }
        explanations.sort(
                Comparator.comparingInt(explanation -> explanation.below().size()));
        return explanations;
    }

    private static boolean isMeant(String wanted, CacheEntry entry, Optional<Origin> origin) {
        boolean digits = wanted.length() >= 4 && wanted.matches("[0-9a-f]+");
        return wanted.isEmpty()
                || (digits && entry.id().startsWith(wanted))
                || origin.filter(made -> (digits && made.key().startsWith(wanted))
                                || made.identity().startsWith(wanted + " ")
                                || made.location().equals(wanted)
                                || made.location().endsWith("/" + wanted))
                        .isPresent();
    }
}
