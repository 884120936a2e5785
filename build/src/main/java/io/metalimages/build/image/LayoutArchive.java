package io.metalimages.build.image;

import io.metalimages.engine.archive.ArchiveIndex;
import io.metalimages.registry.pull.LayoutFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/** An OCI image layout in a tar. */
record LayoutArchive(ArchiveIndex index) implements LayoutFiles {

    static LayoutArchive in(Path file) throws IOException {
        return new LayoutArchive(ArchiveIndex.of(FileChannel.open(file)));
    }

    @Override
    public Optional<InputStream> open(String path) {
        return index.open(path);
    }

    @Override
    public void close() {
        try {
            index.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
