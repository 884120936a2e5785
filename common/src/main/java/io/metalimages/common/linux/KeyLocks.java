package io.metalimages.common.linux;

import io.metalimages.common.Digest;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Locks by name, held against the other threads of this process and against other processes. Thread-safe.
 *
 * <p>A lock file is never deleted, so names that are many share files: then a holder must wait for no other name. Who
 * needs several distinct ones takes them in the order of their names, as everybody else does.
 */
public final class KeyLocks {

    private final Path directory;
    private final int digits;

    private KeyLocks(Path directory, int digits) {
        this.directory = directory;
        this.digits = digits;
    }

    /** Locks of which there are at most 4096, however many names. */
    public static KeyLocks shared(Path directory) {
        return new KeyLocks(directory, 3);
    }

    /** One lock for each name. */
    public static KeyLocks distinct(Path directory) {
        return new KeyLocks(directory, 32);
    }

    /** Work that is done under a lock. */
    @FunctionalInterface
    public interface Work<T> {
        T perform() throws IOException, InterruptedException;
    }

    /**
     * Performs {@code work} while nobody else works under the same name; waits for that as long as it takes.
     *
     * @throws InterruptedException if the thread was interrupted while it waited
     */
    public <T> T exclusively(String name, Work<T> work) throws IOException, InterruptedException {
        Path file = directory.resolve(Digest.of(name).hex().substring(0, digits));
        try (LockFile _ = LockFile.exclusive(file)) {
            return work.perform();
        }
    }
}
