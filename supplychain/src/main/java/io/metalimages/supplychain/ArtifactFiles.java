package io.metalimages.supplychain;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

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

    /** The files of an artifact on this machine, whatever its tarball is called. */
    static ArtifactFiles in(ArtifactLocation location) {
        return name -> {
            Path file = name.startsWith(ArtifactLocation.TARBALL)
                    ? location.tarball()
                            .resolveSibling(location.tarball().getFileName()
                                    + name.substring(ArtifactLocation.TARBALL.length()))
                    : location.companion(name);
            return Files.isRegularFile(file)
                    ? Optional.of(new Opened(Files.newInputStream(file), Optional.empty()))
                    : Optional.empty();
        };
    }
}
