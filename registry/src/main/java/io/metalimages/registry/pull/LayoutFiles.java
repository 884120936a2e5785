package io.metalimages.registry.pull;

import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** The files of an OCI image layout, see the image specification's image-layout.md. Thread-safe. */
public interface LayoutFiles extends AutoCloseable {

    /** The content of a regular file; empty if there is none. */
    Optional<InputStream> open(String path) throws IOException;

    @Override
    void close();

    /** Those in a directory, out of which no link leads. */
    static LayoutFiles in(Path directory) throws IOException {
        RootDirectory root = RootDirectory.open(directory);
        return new LayoutFiles() {
            @Override
            public Optional<InputStream> open(String path) throws IOException {
                Optional<OpenedFile> found = root.findRegularFile(path);
                if (found.isEmpty()) {
                    return Optional.empty();
                }
                OpenedFile file = found.get();
                return Optional.of(new FilterInputStream(file.read()) {
                    @Override
                    public void close() throws IOException {
                        super.close();
                        file.close();
                    }
                });
            }

            @Override
            public void close() {
                root.close();
            }
        };
    }
}
