package io.metalimages.common.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor, until it is closed. See openat2(2). */
final class Descriptor implements AutoCloseable {

    static final long NO_CROSSING = 0x01;
    static final long NO_MAGIC_LINKS = 0x02;
    static final long NO_LINKS = 0x04;
    static final long IN_ROOT = 0x10;

    /** The number of openat2 is the same on every architecture. The C library has no function for it. */
    private static final long OPENAT2 = 437;

    private static final long HOW_BYTES = 24;
    private static final int EAGAIN = 11;
    private static final int ENOSYS = 38;

    /** A rename anywhere on the machine makes a resolution that meets {@code ..} start over. */
    private static final int MOST_ATTEMPTS = 10_000;

    private static final SystemCall SYSCALL =
            new SystemCall("syscall", JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private static final SystemCall OPEN = new SystemCall("open", JAVA_INT, ADDRESS, JAVA_INT);
    private static final SystemCall CLOSE = new SystemCall("close", JAVA_INT, JAVA_INT);

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Descriptor(int number) {
        this.number = number;
    }

    /** Opens a directory of this machine, every symbolic link followed. */
    static Descriptor openHostDirectory(Path directory) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return new Descriptor(
                    (int) OPEN.require(arena, directory, directory, OpenFlags.DIRECTORY | OpenFlags.CLOSE_ON_EXEC));
        }
    }

    /** What an attempt to open gave: a descriptor, or the reason why not. */
    record Opened(int number, int errno) {
        boolean failed() {
            return errno != 0;
        }

        Descriptor descriptor() {
            return new Descriptor(number);
        }
    }

    /**
     * Opens {@code path}, which starts at this directory.
     *
     * @param flags as of open(2)
     * @param mode permissions of a new file
     * @param resolve how the path may be followed
     */
    Opened open(String path, long flags, int mode, long resolve) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment how = arena.allocate(HOW_BYTES, Long.BYTES);
            how.set(JAVA_LONG, 0, flags | OpenFlags.CLOSE_ON_EXEC);
            how.set(JAVA_LONG, 8, mode);
            how.set(JAVA_LONG, 16, resolve);
            MemorySegment name = name(arena, path);
            for (int attempt = 0; ; attempt++) {
                SystemCall.Result result = SYSCALL.call(arena, OPENAT2, number, name, how, HOW_BYTES);
                if (!result.failed()) {
                    return new Opened((int) result.value(), 0);
                }
                if (result.errno() == ENOSYS) {
                    throw FaultException.missing(
                            "This kernel has no openat2, which opens files below a directory and nowhere else.",
                            "Use Linux 5.6 or newer; in a container, a seccomp profile that allows openat2.");
                }
                if (result.errno() != EAGAIN || attempt == MOST_ATTEMPTS) {
                    return new Opened(-1, result.errno());
                }
                Thread.onSpinWait();
            }
        }
    }

    /** A path as a C string. */
    static MemorySegment name(Arena arena, String path) throws IOException {
        byte[] bytes = FileNames.encodeForCall(path);
        MemorySegment name = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, name, JAVA_BYTE, 0, bytes.length);
        return name;
    }

    static IOException failure(String path, int errno) {
        return SystemCall.failure("open", path, errno);
    }

    int number() {
        return number;
    }

    /** A path of this machine that leads to what is open here, whatever its name is. */
    Path magicLink() {
        return Path.of("/proc/self/fd/" + number);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try (Arena arena = Arena.ofConfined()) {
                CLOSE.call(arena, number);
            }
        }
    }
}
