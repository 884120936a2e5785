package io.metalimages.engine;

import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.files.Accounts;
import io.metalimages.engine.files.FileCopier;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.files.SourceFiles;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where steps find files: directories of this machine, and what other operations have made. Thread-safe. */
final class StepSources {

    private final SnapshotStore snapshots;
    private final WorkDirectory work;
    private final Map<Operation.FileSource.Directory, Path> directoryCopies = new HashMap<>();

    StepSources(SnapshotStore snapshots, WorkDirectory work) {
        this.snapshots = snapshots;
        this.work = work;
    }

    /**
     * A tree to take files from, while it is open.
     *
     * @param place where it is on this machine
     */
    record Tree(Path place, SourceFiles files, boolean keepTimes, SnapshotStore.@Nullable View view)
            implements AutoCloseable {
        @Override
        public void close() {
            files.close();
            if (view != null) {
                view.close();
            }
        }
    }

    /** @param made what each operation has made */
    Tree open(Operation.FileSource source, Function<Operation, Snapshot> made) throws IOException {
        return switch (source) {
            case Operation.FileSource.Directory directory ->
                new Tree(
                        directory.root(),
                        SourceFiles.open(directory.root(), directory.filter(), directory.name(), false),
                        directory.keepTimes(),
                        null);
            case Operation.FileSource.OfOperation(Operation operation) -> {
                SnapshotStore.View view = snapshots.view(made.apply(operation), work);
                String name = operation.label().name();
                yield new Tree(view.root(), SourceFiles.open(view.root(), PathFilter.ALL, name, true), true, view);
            }
            case Operation.FileSource.Inline inline ->
                throw new IllegalArgumentException("Inline files are written, not copied: " + inline);
        };
    }

    /**
     * Like {@link #open}, but of a directory of this machine a copy, which shows what the filter leaves and no owners.
     *
     * @param location of the step that mounts it, for messages
     */
    Tree mounted(Operation.FileSource source, Function<Operation, Snapshot> made, String location) throws IOException {
        if (!(source instanceof Operation.FileSource.Directory directory)) {
            return open(source, made);
        }
        Path copy = copyOf(directory, location);
        return new Tree(copy, SourceFiles.open(copy, PathFilter.ALL, directory.name(), true), true, null);
    }

    /** What the filter leaves of a directory when it is first asked for, for all steps of this build. */
    private Path copyOf(Operation.FileSource.Directory directory, String location) throws IOException {
        synchronized (directoryCopies) {
            Path existing = directoryCopies.get(directory);
            if (existing != null) {
                return existing;
            }
            Path copy = copy(directory, location);
            directoryCopies.put(directory, copy);
            return copy;
        }
    }

    /** What the filter leaves of a directory, with no owners. */
    Path copy(Operation.FileSource.Directory directory, String location) throws IOException {
        Path copy = work.newDirectory("context");
        Files.setAttribute(copy, "unix:mode", 0755);
        try (RootDirectory root = RootDirectory.open(copy);
                SourceFiles files = SourceFiles.open(directory.root(), directory.filter(), directory.name(), false)) {
            new FileCopier(root, location, Optional.of(Accounts.Ids.ROOT), Optional.empty(), true)
                    .copyEverything(files);
        }
        return copy;
    }
}
