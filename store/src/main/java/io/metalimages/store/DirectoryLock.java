package io.metalimages.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A lock on a file, held against other threads and other processes; the system drops it with the process. */
final class DirectoryLock {

    /** A file lock belongs to the whole process. */
    private static final Map<Path, ReentrantLock> WITHIN_PROCESS = new ConcurrentHashMap<>();

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

    /** Performs {@code work} while nobody else holds the lock; waits for that as long as it takes. */
    <T> T exclusively(Work<T> work) throws IOException {
        Path file = Files.createDirectories(directory).toRealPath().resolve("lock");
        ReentrantLock lock = WITHIN_PROCESS.computeIfAbsent(file, path -> new ReentrantLock());
        lock.lock();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            if (!held.isValid()) {
                throw new IOException("The lock " + file + " was lost.");
            }
            return work.perform();
        } finally {
            lock.unlock();
        }
    }
}
