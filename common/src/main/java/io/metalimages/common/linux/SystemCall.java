package io.metalimages.common.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;

/** One function of the C library that returns a negative number and sets {@code errno} when it fails. Thread-safe. */
final class SystemCall {

    static final int ENOENT = 2;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int ENOTDIR = 20;
    static final int EISDIR = 21;
    static final int ERANGE = 34;
    static final int ENAMETOOLONG = 36;
    static final int ENOTEMPTY = 39;
    static final int ELOOP = 40;
    static final int ENODATA = 61;
    static final int EOPNOTSUPP = 95;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private final String name;
    private final MethodHandle handle;
    private final boolean returnsLong;

    SystemCall(String name, MemoryLayout result, MemoryLayout... parameters) {
        this.name = name;
        this.returnsLong = result.equals(ValueLayout.JAVA_LONG);
        this.handle = LINKER.downcallHandle(
                        LINKER.defaultLookup().findOrThrow(name),
                        FunctionDescriptor.of(result, parameters),
                        Linker.Option.captureCallState("errno"))
                .asSpreader(1, Object[].class, parameters.length);
    }

    /** What a call gave: its result, and {@code errno} if the result is negative. */
    record Result(long value, int errno) {
        boolean failed() {
            return value < 0;
        }
    }

    /** Calls the function. Strings and paths become C strings; other arguments must fit the parameters. */
    Result call(Arena arena, Object... arguments) {
        Object[] converted = Arrays.stream(arguments)
                .map(argument -> switch (argument) {
                    case Path path -> arena.allocateFrom(path.toString());
                    case String text -> arena.allocateFrom(text);
                    default -> argument;
                })
                .toArray();
        MemorySegment captured = arena.allocate(CAPTURED);
        try {
            long value = returnsLong
                    ? (long) handle.invokeExact(captured, converted)
                    : (int) handle.invokeExact(captured, converted);
            return new Result(value, value < 0 ? (int) ERRNO.get(captured, 0L) : 0);
        } catch (RuntimeException | Error unexpected) {
            throw unexpected;
        } catch (Throwable impossible) {
            throw new AssertionError(name + " declares no exception", impossible);
        }
    }

    /** Like {@link #call}, but a failure becomes an exception that names {@code path}. */
    long require(Arena arena, Path path, Object... arguments) throws IOException {
        Result result = call(arena, arguments);
        if (result.failed()) {
            throw failure(path, result.errno());
        }
        return result.value();
    }

    FileSystemException failure(Path path, int errno) {
        return failure(name, path.toString(), errno);
    }

    FileSystemException failure(String path, int errno) {
        return failure(name, path, errno);
    }

    static FileSystemException failure(String call, String path, int errno) {
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(path, null, call + ": " + describe(errno));
            case EEXIST -> new FileAlreadyExistsException(path, null, call + ": " + describe(errno));
            case ENOTDIR -> new NotDirectoryException(path);
            case ELOOP -> new FileSystemLoopException(path);
            default -> new FileSystemException(path, null, call + ": " + describe(errno));
        };
    }

    private static String describe(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(Long.MAX_VALUE).getString(0);
        } catch (RuntimeException | Error unexpected) {
            throw unexpected;
        } catch (Throwable impossible) {
            throw new AssertionError("strerror declares no exception", impossible);
        }
    }
}
