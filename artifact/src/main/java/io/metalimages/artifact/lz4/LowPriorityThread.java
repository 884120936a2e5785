package io.metalimages.artifact.lz4;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs work on a thread that the system schedules only when no other has anything to do, more or less: the lowest
 * niceness. Java's own thread priorities mean nothing on Linux.
 */
public final class LowPriorityThread {

    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0;
    private static final int LOWEST_PRIORITY = 19;

    /** See setpriority(2): on Linux niceness is an attribute of the thread. */
    private static final MethodHandle SETPRIORITY = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("setpriority"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private LowPriorityThread() {}

    /**
     * Runs {@code work} and waits for it. If this thread is interrupted, the other one is, and is waited for.
     *
     * @throws ExecutionException if the work threw
     */
    public static <T> T run(String name, Callable<T> work) throws InterruptedException, ExecutionException {
        FutureTask<T> task = new FutureTask<>(() -> {
            lowerPriority();
            return work.call();
        });
        Thread thread = Thread.ofPlatform().name(name).start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            thread.interrupt();
            thread.join();
            throw e;
        }
    }

    private static void lowerPriority() {
        int result;
        try {
            result = (int) SETPRIORITY.invokeExact(PRIO_PROCESS, CALLING_THREAD, LOWEST_PRIORITY);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("setpriority declares no exception", e);
        }
        if (result != 0) {
            throw new IllegalStateException("the system refused to lower the priority of a thread");
        }
    }
}
