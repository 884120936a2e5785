package io.metalimages.common.linux;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A directory for files that are not finished, inside the directory where they will be renamed to, so that the rename is
 * atomic. Closing removes it with what is in it.
 *
 * <p>A process that is killed leaves its directory behind; whoever opens the next one beside it removes it. Whether a
 * directory is still in use is told by a lock on a file in it, which the system drops with the process.
 */
public final class PendingDirectory implements AutoCloseable {

    private static final String NAME_START = ".unfinished-";
    private static final String LOCK_NAME = "lock";

    /** Those of this process, whose locks say nothing to itself. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel lockFile;

    private PendingDirectory(Path directory, FileChannel lockFile) {
        this.directory = directory;
        this.lockFile = lockFile;
    }

    /** Opens one in {@code parent}, which exists, after removing those that nobody uses any more. */
    public static PendingDirectory open(Path parent) throws IOException {
        Path realParent = parent.toRealPath();
        removeAbandoned(realParent);
        while (true) {
            Path directory = realParent.resolve(
                    NAME_START + Long.toHexString(ThreadLocalRandom.current().nextLong()));
            OWN.add(directory);
            try {
                Files.createDirectory(directory);
                return new PendingDirectory(directory, lock(directory));
            } catch (FileAlreadyExistsException | LostException e) {
                // The name is taken, or another process mistook it for abandoned before the lock was held.
                OWN.remove(directory);
            } catch (IOException | RuntimeException e) {
                OWN.remove(directory);
                throw e;
            }
        }
    }

    /** A file in it, which need not exist. */
    public Path resolve(String name) {
        return directory.resolve(name);
    }

    @Override
    public void close() throws IOException {
        try {
            delete(directory);
        } finally {
            OWN.remove(directory);
            lockFile.close();
        }
    }

    private static final class LostException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private static FileChannel lock(Path directory) throws IOException, LostException {
        Path lockName = directory.resolve(LOCK_NAME);
        FileChannel channel;
        try {
            channel = FileChannel.open(lockName, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            throw new LostException();
        }
        try {
            FileLock lock = channel.tryLock();
            if (lock != null && Files.exists(lockName)) {
                return channel;
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new LostException();
    }

    private static void removeAbandoned(Path parent) throws IOException {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(parent, NAME_START + "*")) {
            for (Path directory : directories) {
                if (!OWN.contains(directory)) {
                    removeIfAbandoned(directory);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void removeIfAbandoned(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory.resolve(LOCK_NAME), StandardOpenOption.WRITE)) {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                delete(directory);
            }
        } catch (NoSuchFileException e) {
            delete(directory); // its process ended before it made the lock, or is about to notice the loss
        } catch (OverlappingFileLockException e) {
            // Another thread of this process is removing it.
        }
    }

    private static void delete(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (!file.endsWith(LOCK_NAME)) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(directory.resolve(LOCK_NAME));
            Files.deleteIfExists(directory);
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Gone already.
        } catch (DirectoryNotEmptyException e) {
            // Its owner lives after all and has just put its lock there.
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }
}
