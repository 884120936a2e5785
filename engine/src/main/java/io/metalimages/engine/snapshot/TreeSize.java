package io.metalimages.engine.snapshot;

import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is below a directory: its size, and a fingerprint of names, types, modes, sizes and times. A file with several names counts
 * once. No symbolic link is followed. What lies deeper than {@value #DEEPEST} directories is not looked at.
 *
 * @param bytes of all files and directories
 * @param files how many entries there are
 * @param fingerprint changes with any of them
 */
public record TreeSize(long bytes, long files, String fingerprint) {

    private static final int DEEPEST = 1000;

    /** Of what is below {@code directory}; of nothing if it is missing. */
    public static TreeSize of(Path directory) throws IOException {
        return measure(directory, false);
    }

    /**
     * Like {@link #of}, but reads every file to its end.
     *
     * @throws IOException if one can't be read
     */
    static TreeSize read(Path directory) throws IOException {
        return measure(directory, true);
    }

    private static TreeSize measure(Path directory, boolean reading) throws IOException {
        try (RootDirectory root = RootDirectory.open(directory)) {
            Walk walk = new Walk(reading);
            walk.enter(root.top(), 0);
            return new TreeSize(walk.bytes, walk.files, Long.toHexString(walk.fingerprint));
        }
    }

    private static final class Walk {

        private record Inode(long device, long number) {}

        private final boolean reading;
        private final Set<Inode> seen = new HashSet<>();
        private long bytes;
        private long files;
        private long fingerprint;

        Walk(boolean reading) {
            this.reading = reading;
        }

        void enter(OpenedDirectory directory, int depth) throws IOException {
            bytes += directory.status().size();
            List<String> names = directory.names().stream().sorted().toList();
            for (String name : names) {
                Optional<FileStatus> status = directory.status(name);
                if (status.isPresent()) {
                    add(directory, name, status.get(), depth);
                }
            }
            mix(depth);
        }

        private void add(OpenedDirectory directory, String name, FileStatus status, int depth) throws IOException {
            files++;
            mix(name.hashCode());
            mix(status.mode());
            mix(31L * status.user() + status.group());
            if (status.isDirectory()) {
                Optional<OpenedDirectory> below = depth < DEEPEST ? directory.directory(name) : Optional.empty();
                if (below.isPresent()) {
                    try (OpenedDirectory opened = below.get()) {
                        enter(opened, depth + 1);
                    }
                }
                return;
            }
            mix(status.size());
            mix(status.modified().toInstant().hashCode());
            if (status.links() == 1 || seen.add(new Inode(status.device(), status.inode()))) {
                bytes += status.size();
                if (reading && status.isRegularFile()) {
                    read(directory, name);
                }
            }
        }

        private static void read(OpenedDirectory directory, String name) throws IOException {
            Optional<OpenedFile> file = directory.file(name);
            if (file.isPresent()) {
                try (OpenedFile opened = file.get();
                        InputStream content = opened.read()) {
                    content.transferTo(OutputStream.nullOutputStream());
                }
            }
        }

        /** The finalizer of SplitMix64 over what came before and {@code value}. */
        private void mix(long value) {
            long mixed = fingerprint * 31 + value + 0x9e3779b97f4a7c15L;
            mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
            mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
            fingerprint = mixed ^ (mixed >>> 31);
        }
    }
}
