package io.metalimages.engine;

import io.metalimages.engine.snapshot.Snapshot;
import java.nio.file.Path;
import java.time.Instant;

/** Follows the target's file system while steps work on it, to begin early with what is to be done with it later. */
@FunctionalInterface
public interface FileSystemListener {

    /** Looks at nothing. */
    FileSystemListener NONE = (root, begun) -> () -> {};

    /**
     * A step begins to work on the file system at {@code root}, which may be read, but not changed, until the returned
     * watch is closed. Called on the step's thread; must return quickly.
     *
     * @param begun as in {@link Snapshot#begun}
     */
    Watch watch(Path root, Instant begun);

    /** One step's time; closed on the step's thread when its program has ended. */
    @FunctionalInterface
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
