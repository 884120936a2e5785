package io.metalimages.common.linux;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
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

    private final Path directory;
    private final LockFile lock;

    private PendingDirectory(Path directory, LockFile lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /** Opens one in {@code parent}, which exists, after removing those that nobody uses any more. */
    public static PendingDirectory open(Path parent) throws IOException {
        Path realParent = parent.toRealPath();
        removeAbandoned(realParent);
        while (true) {
            Path directory = realParent.resolve(
                    NAME_START + Long.toHexString(ThreadLocalRandom.current().nextLong()));
            try {
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException taken) {
                continue;
            }
            Optional<LockFile> lock = lock(directory);
            if (lock.isPresent()) {
                return new PendingDirectory(directory, lock.get());
            }
        }
    }

    /** A file in it, which need not exist. */
    public Path resolve(String name) {
        return directory.resolve(name);
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            delete(directory);
        }
    }

    /** Empty if another took the new directory for abandoned before it was locked. */
    private static Optional<LockFile> lock(Path directory) throws IOException {
        Path file = directory.resolve(LOCK_NAME);
        Optional<LockFile> lock;
        try {
            lock = LockFile.tryExclusive(file);
        } catch (NoSuchFileException removed) {
            return Optional.empty();
        }
        if (lock.isPresent() && !lock.get().isInPlace()) {
            lock.get().close();
            return Optional.empty();
        }
        return lock;
    }

    private static void removeAbandoned(Path parent) throws IOException {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(parent, NAME_START + "*")) {
            for (Path directory : directories) {
                removeIfAbandoned(directory);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void removeIfAbandoned(Path directory) throws IOException {
        try {
            Optional<LockFile> lock = LockFile.tryExclusive(directory.resolve(LOCK_NAME));
            if (lock.isPresent()) {
                try (LockFile _ = lock.get()) {
                    delete(directory);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException gone) {
            // Somebody else has removed it.
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
