package io.metalimages.artifact.diff;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.check.ArtifactContent;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLongArray;

/** Compares two artifacts: their packages, and each file in their tarballs. Thread-safe. */
public final class ImageComparison {

    private final ArtifactContent content = new ArtifactContent();

    /**
     * Reads both artifacts, side by side.
     *
     * @param progress hears how far both are together; called from two threads
     * @throws FaultException if one of them is damaged
     * @throws IOException if one of them cannot be read
     * @throws InterruptedException if the thread was interrupted
     */
    public ImageDifference compare(ArtifactLocation older, ArtifactLocation newer, CheckProgress progress)
            throws IOException, InterruptedException {
        long all = Files.size(older.tarball()) + Files.size(newer.tarball());
        AtomicLongArray standing = new AtomicLongArray(2);
        FutureTask<SortedMap<String, ImageFile>> olderFiles =
                new FutureTask<>(() -> files(older, told(progress, standing, 0, all)));
        Thread reader = Thread.ofPlatform().daemon().name("older image").start(olderFiles);
        try {
            SortedMap<String, ImageFile> newerFiles = files(newer, told(progress, standing, 1, all));
            return difference(packages(older, newer), await(olderFiles), newerFiles);
        } finally {
            reader.interrupt();
            reader.join();
        }
    }

    private static CheckProgress told(CheckProgress progress, AtomicLongArray standing, int index, long all) {
        return (done, _) -> {
            standing.set(index, done);
            progress.report(standing.get(0) + standing.get(1), all);
        };
    }

    private SortedMap<String, ImageFile> files(ArtifactLocation location, CheckProgress progress)
            throws IOException, InterruptedException {
        ImageInventory inventory = new ImageInventory();
        content.scan(location, inventory, OutputStream.nullOutputStream(), progress);
        return inventory.files();
    }

    private static <T> T await(FutureTask<T> task) throws IOException, InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException trouble -> throw trouble;
                case InterruptedException interrupted -> throw interrupted;
                case RuntimeException fault -> throw fault;
                case null, default -> throw new IllegalStateException("reading an image failed", e);
            }
        }
    }

    private static Optional<PackageChanges> packages(ArtifactLocation older, ArtifactLocation newer)
            throws IOException {
        if (!Files.isRegularFile(older.packages()) || !Files.isRegularFile(newer.packages())) {
            return Optional.empty();
        }
        return Optional.of(PackageChanges.between(
                InstalledPackages.read(older.packages()), InstalledPackages.read(newer.packages())));
    }

    private static ImageDifference difference(
            Optional<PackageChanges> packages, SortedMap<String, ImageFile> older, SortedMap<String, ImageFile> newer) {
        SortedMap<String, ImageFile> added = new TreeMap<>(newer);
        added.keySet().removeAll(older.keySet());
        SortedMap<String, ImageFile> removed = new TreeMap<>(older);
        removed.keySet().removeAll(newer.keySet());
        SortedMap<String, FileChange> changed = new TreeMap<>();
        for (Map.Entry<String, ImageFile> file : older.entrySet()) {
            Optional.ofNullable(newer.get(file.getKey()))
                    .map(now -> new FileChange(file.getValue(), now))
                    .filter(change -> !change.aspects().isEmpty())
                    .ifPresent(change -> changed.put(file.getKey(), change));
        }
        return new ImageDifference(packages, added, removed, changed, bytes(older), bytes(newer));
    }

    private static SortedMap<String, Long> bytes(SortedMap<String, ImageFile> files) {
        SortedMap<String, Long> bytes = new TreeMap<>();
        files.forEach((path, file) -> {
            if (file.kind() == ImageFile.Kind.FILE && file.target().isEmpty()) {
                bytes.merge(path.substring(0, Math.max(0, path.lastIndexOf('/'))), file.bytes(), Long::sum);
            }
        });
        return bytes;
    }
}
