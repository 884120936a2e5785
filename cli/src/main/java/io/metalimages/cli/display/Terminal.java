package io.metalimages.cli.display;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** What the system knows of the terminals that this process reads from and writes to, and what their keyboard can do to it. */
public final class Terminal {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle IOCTL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("ioctl"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SIGNAL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("signal"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private static final int SIGINT = 2;
    private static final MemorySegment SIG_DFL = MemorySegment.NULL;

    /** {@code ioctl_tty(2)}: fills a {@code struct winsize}, which begins with rows and columns. */
    private static final long TIOCGWINSZ = 0x5413;

    private static final int WINSIZE_BYTES = 8;

    private Terminal() {}

    /** What a terminal shows at once; both at least 1. */
    public record Size(int columns, int rows) {

        /** For terminals that don't know their own size, such as serial lines. */
        static final Size USUAL = new Size(80, 24);
    }

    /** Where this process reads from and writes to; the file descriptor is the one that POSIX gives it. */
    public enum Stream {
        INPUT(0),
        OUTPUT(1),
        ERRORS(2);

        private final int fileDescriptor;

        Stream(int fileDescriptor) {
            this.fileDescriptor = fileDescriptor;
        }
    }

    /** The size, as it is now, of the terminal that {@code stream} leads to; empty if it leads elsewhere. */
    public static Optional<Size> size(Stream stream) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(WINSIZE_BYTES, Short.BYTES);
            if ((int) IOCTL.invokeExact(stream.fileDescriptor, TIOCGWINSZ, window) != 0) {
                return Optional.empty();
            }
            int rows = Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, 0));
            int columns = Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, Short.BYTES));
            return Optional.of(rows == 0 || columns == 0 ? Size.USUAL : new Size(columns, rows));
        } catch (Throwable e) {
            throw new IllegalStateException("The size of the terminal could not be asked for.", e);
        }
    }

    /** From now on Ctrl-C ends this process at once, as it ends one that does not handle the signal. */
    static void letInterruptKill() {
        try {
            MemorySegment before = (MemorySegment) SIGNAL.invokeExact(SIGINT, SIG_DFL);
            if (before.address() == -1) {
                throw new IllegalStateException("The system refuses to restore the default handling of SIGINT.");
            }
        } catch (IllegalStateException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("The default handling of SIGINT could not be restored.", e);
        }
    }
}
