package io.metalimages.store.object.directory;

import io.metalimages.common.linux.LockFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A lock on a file in a directory, held against other threads and other processes; the system drops it with the process. */
final class DirectoryLock {

    private final Path directory;

    /** @param directory where the lock's file is, or will be made */
    DirectoryLock(Path directory) {
        this.directory = directory;
    }

    /** What is done under a lock. */
    @FunctionalInterface
    interface Work<T> {
        T perform() throws IOException;
    }

    /**
     * Performs {@code work} while nobody else holds the lock; waits for that as long as it takes.
     *
     * @throws InterruptedIOException if the thread was interrupted while it waited; it still is
     */
    <T> T exclusively(Work<T> work) throws IOException {
        Path file = Files.createDirectories(directory).resolve("lock");
        try (LockFile _ = LockFile.exclusive(file)) {
            return work.perform();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for " + file);
            interrupted.initCause(e);
            throw interrupted;
        }
    }
}
