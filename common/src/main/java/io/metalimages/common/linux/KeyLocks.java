package io.metalimages.common.linux;

import io.metalimages.common.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks by name, held against the other threads of this process and against other processes. Thread-safe.
 *
 * <p>A lock file is never deleted, so names that are many share files: then a holder must wait for no other name.
 */
public final class KeyLocks {

    private static final Map<Path, ReentrantLock> WITHIN_PROCESS = new ConcurrentHashMap<>();

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

    /** Performs {@code work} while nobody else works under the same name; waits for that as long as it takes. */
    public <T> T exclusively(String name, Work<T> work) throws IOException, InterruptedException {
        Path file = directory.resolve(Digest.of(name).hex().substring(0, digits));
        ReentrantLock lock = WITHIN_PROCESS.computeIfAbsent(file, path -> new ReentrantLock());
        lock.lockInterruptibly();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            if (!held.isValid()) {
                throw new IOException("The lock " + file + " was lost.");
            }
            return work.perform();
        } catch (FileLockInterruptionException e) {
            throw (InterruptedException) new InterruptedException().initCause(e);
        } finally {
            lock.unlock();
        }
    }
}
