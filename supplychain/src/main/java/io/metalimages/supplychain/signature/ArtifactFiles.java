package io.metalimages.supplychain.signature;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of an artifact, wherever it is. */
@FunctionalInterface
public interface ArtifactFiles {

    /**
     * A file that is being read.
     *
     * @param promised what the place says it is; empty if it says nothing
     */
    record Opened(InputStream content, Optional<Digest> promised) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            content.close();
        }
    }

    /**
     * Opens the file that is called so in a store, such as {@code img.tar.lz4.md5}; empty if there is none.
     *
     * @throws IOException if it cannot be read
     * @throws io.metalimages.common.FaultException if another machine does not give it
     */
    Optional<Opened> open(String name) throws IOException, InterruptedException;

    /**
     * What was read of a file already.
     *
     * @param md5 lower-case hexadecimal
     */
    record Known(long bytes, Digest sha256, String md5) {}

    /** What is known of a file, which need not be read again then. */
    default Optional<Known> known(String name) {
        return Optional.empty();
    }

    /** The names of all files that are at that place and belong to nothing else; none if that is not known. */
    default Set<String> names() throws IOException {
        return Set.of();
    }

    /**
     * The files of an artifact on this machine, whatever its tarball is called. With its usual name, its directory is taken for
     * its own. A symbolic link is no file: what it leads to may be another one a moment later.
     */
    static ArtifactFiles in(ArtifactLocation location) {
        return new ArtifactFiles() {
            @Override
            public Optional<Opened> open(String name) throws IOException {
                Path file = name.startsWith(ArtifactLocation.TARBALL)
                        ? location.tarball()
                                .resolveSibling(location.tarball().getFileName()
                                        + name.substring(ArtifactLocation.TARBALL.length()))
                        : location.sidecar(name);
                return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        ? Optional.of(new Opened(Files.newInputStream(file), Optional.empty()))
                        : Optional.empty();
            }

            @Override
            public Set<String> names() throws IOException {
                if (!location.tarball().endsWith(ArtifactLocation.TARBALL)) {
                    return Set.of();
                }
                try (Stream<Path> files =
                        Files.list(location.tarball().toAbsolutePath().resolveSibling(""))) {
                    return files.filter(file -> !Files.isDirectory(file))
                            .map(file -> file.getFileName().toString())
                            .collect(Collectors.toCollection(TreeSet::new));
                }
            }
        };
    }
}
