package io.metalimages.engine.snapshot;

import io.metalimages.common.Digests;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is below a directory: its size, and a fingerprint of names, types, modes, owners, sizes and times. A file with
 * several names counts once. No symbolic link is followed. What lies deeper than {@value #DEEPEST} directories is not looked
 * at.
 *
 * @param bytes of all files and directories
 * @param files how many entries there are
 * @param fingerprint changes with any of them
 */
public record TreeSize(long bytes, long files, String fingerprint) {

    private static final int DEEPEST = 1000;

    /** Of what is below {@code directory}; of nothing if it is missing. */
    public static TreeSize of(Path directory) throws IOException {
        return measure(directory, null);
    }

    /** @param contents takes what files hold; null if they are not to be read */
    private static TreeSize measure(Path directory, @Nullable OutputStream contents) throws IOException {
        try (RootDirectory root = RootDirectory.open(directory)) {
            Walk walk = new Walk(contents);
            walk.enter(root.top(), 0);
            return new TreeSize(walk.bytes, walk.files, Long.toHexString(walk.fingerprint));
        }
    }

    /**
     * What is read of a tree.
     *
     * @param contents the SHA-256 of what all regular files hold and of where all symbolic links lead, in the order of their names
     */
    record Read(TreeSize size, String contents) {}

    /**
     * Like {@link #of}, but reads every file to its end.
     *
     * @throws IOException if one can't be read
     */
    static Read read(Path directory) throws IOException {
        MessageDigest contents = Digests.sha256();
        TreeSize size = measure(directory, new DigestOutputStream(OutputStream.nullOutputStream(), contents));
        return new Read(size, HexFormat.of().formatHex(contents.digest()));
    }

    private static final class Walk {

        private record Inode(long device, long number) {}

        @Nullable
        private final OutputStream contents;

        private final Set<Inode> seen = new HashSet<>();
        private long bytes;
        private long files;
        private long fingerprint;

        Walk(@Nullable OutputStream contents) {
            this.contents = contents;
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
                if (contents != null && status.isRegularFile()) {
                    read(directory, name, contents);
                } else if (contents != null && status.isSymbolicLink()) {
                    contents.write(directory.readLink(name).getBytes(StandardCharsets.UTF_8));
                }
            }
        }

        private static void read(OpenedDirectory directory, String name, OutputStream contents) throws IOException {
            Optional<OpenedFile> file = directory.file(name);
            if (file.isPresent()) {
                try (OpenedFile opened = file.get();
                        InputStream content = opened.read()) {
                    content.transferTo(contents);
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
