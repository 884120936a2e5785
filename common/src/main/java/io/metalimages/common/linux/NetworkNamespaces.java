package io.metalimages.common.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Network namespaces of threads. See network_namespaces(7) and setns(2). */
public final class NetworkNamespaces {

    private static final SystemCall OPEN = new SystemCall("open", JAVA_INT, ADDRESS, JAVA_INT);
    private static final SystemCall SETNS = new SystemCall("setns", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final SystemCall CLOSE = new SystemCall("close", JAVA_INT, JAVA_INT);

    private static final int NETWORK = 0x40000000;

    private NetworkNamespaces() {}

    /**
     * Moves the calling thread into a network namespace, for good. A socket belongs to the namespace of the thread that
     * made it; threads that this one starts begin in its namespace. So it should be a platform thread of its own.
     *
     * @param namespace a file that stands for a network namespace
     * @throws IOException if it does not, or the process may not enter it
     */
    public static void enter(Path namespace) throws IOException {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("A virtual thread has no network namespace.");
        }
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) OPEN.require(arena, namespace, namespace, OpenFlags.CLOSE_ON_EXEC);
            try {
                SETNS.require(arena, namespace, descriptor, NETWORK);
            } finally {
                CLOSE.require(arena, namespace, descriptor);
            }
        }
    }
}
