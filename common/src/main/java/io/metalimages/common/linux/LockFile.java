package io.metalimages.common.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A lock on a file that is held until it is closed, or until the process ends, however it ends. It is an open file description
 * lock, see fcntl_locking(2): unlike those of {@link java.nio.channels.FileLock} it belongs to what was opened and not to
 * the process. So it holds against other threads as well as against other processes, opening and closing the file elsewhere
 * in the process does not drop it, and the kernel sees no deadlock where two threads wait that have nothing to do with each other.
 *
 * <p>The file is made when it is missing, and stays. Thread-safe.
 */
public final class LockFile implements Closeable {

    /** {@code struct flock}; the same on all architectures of 64 bits. */
    private static final StructLayout FLOCK = MemoryLayout.structLayout(
            JAVA_SHORT.withName("l_type"),
            JAVA_SHORT.withName("l_whence"),
            MemoryLayout.paddingLayout(4),
            JAVA_LONG.withName("l_start"),
            JAVA_LONG.withName("l_len"),
            JAVA_INT.withName("l_pid"),
            MemoryLayout.paddingLayout(4));

    private static final SystemCall OPEN = new SystemCall("open", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final SystemCall CLOSE = new SystemCall("close", JAVA_INT, JAVA_INT);
    private static final SystemCall FCNTL = new SystemCall("fcntl", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);

    private static final int OWNER_ONLY = 0600;
    private static final int SET_LOCK = 37;
    private static final short READ_LOCK = 0;
    private static final short WRITE_LOCK = 1;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;

    private static final int LONGEST_PAUSE_MILLISECONDS = 20;

    private final Path file;
    private final int descriptor;
    private boolean closed;

    private LockFile(Path file, int descriptor) {
        this.file = file;
        this.descriptor = descriptor;
    }

    /** Locks {@code file} against everybody else, if nobody holds it. */
    public static Optional<LockFile> tryExclusive(Path file) throws IOException {
        return tryLock(file, WRITE_LOCK);
    }

    /** Locks {@code file} against those who want it for themselves, if none of those holds it. */
    public static Optional<LockFile> tryShared(Path file) throws IOException {
        return tryLock(file, READ_LOCK);
    }

    /** Like {@link #tryExclusive}, but waits as long as it takes. */
    public static LockFile exclusive(Path file) throws IOException, InterruptedException {
        return lock(file, WRITE_LOCK);
    }

    /** Like {@link #tryShared}, but waits as long as it takes. */
    public static LockFile shared(Path file) throws IOException, InterruptedException {
        return lock(file, READ_LOCK);
    }

    private static Optional<LockFile> tryLock(Path file, short type) throws IOException {
        LockFile opened = open(file);
        boolean held = false;
        try {
            held = opened.set(type);
            return held ? Optional.of(opened) : Optional.empty();
        } finally {
            if (!held) {
                opened.close();
            }
        }
    }

    /** Asks again and again: a thread that waits inside the kernel can't be interrupted, and holds on to its carrier. */
    private static LockFile lock(Path file, short type) throws IOException, InterruptedException {
        LockFile opened = open(file);
        boolean held = false;
        try {
            for (int pause = 1; !opened.set(type); pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
                Thread.sleep(pause);
            }
            held = true;
            return opened;
        } finally {
            if (!held) {
                opened.close();
            }
        }
    }

    private static LockFile open(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int flags = OpenFlags.READ_WRITE | OpenFlags.CREATE | OpenFlags.NO_FOLLOW | OpenFlags.CLOSE_ON_EXEC;
            return new LockFile(file, (int) OPEN.require(arena, file, file, flags, OWNER_ONLY));
        }
    }

    private boolean set(short type) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment flock = arena.allocate(FLOCK);
            flock.set(JAVA_SHORT, 0, type);
            SystemCall.Result result = FCNTL.call(arena, descriptor, SET_LOCK, flock);
            if (result.failed() && result.errno() != EAGAIN && result.errno() != EACCES) {
                throw FCNTL.failure(file, result.errno());
            }
            return !result.failed();
        }
    }

    /** Whether the file of that name is still the one that is locked: it may have been deleted before it was. */
    boolean isInPlace() throws IOException {
        try {
            return FileStatus.of(file).isSameFile(FileStatus.ofDescriptor(descriptor, file.toString()));
        } catch (NoSuchFileException deleted) {
            return false;
        }
    }

    /** Gives the lock back; the second time does nothing. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (Arena arena = Arena.ofConfined()) {
            CLOSE.require(arena, file, descriptor);
        }
    }
}
