package io.metalimages.rack.checks;

import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.rack.BuiltRackImages;
import io.metalimages.rack.provisioning.Hammer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The goss that the rack brings to machines, for tests of what it reads and writes on this one. */
final class GossProgram {

    private static final class Copy {
        static final Path FILE = make();

        private static Path make() {
            try (BuiltRackImages built = BuiltRackImages.open();
                    SnapshotStore.View root = built.images.hammer(Progress.SILENT)) {
                Path copy = Files.createTempDirectory("goss").resolve("goss");
                copy.toFile().deleteOnExit();
                return Files.copy(new Hammer(root.root()).goss(), copy, StandardCopyOption.COPY_ATTRIBUTES);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException("The test was interrupted.", e);
            }
        }
    }

    private GossProgram() {}

    /** Skips the test for who is not root, and so can't build the rack's parts. */
    static Path orSkip() {
        BuiltRackImages.requireRoot();
        return Copy.FILE;
    }
}
