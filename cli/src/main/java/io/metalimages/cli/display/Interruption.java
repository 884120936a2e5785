package io.metalimages.cli.display;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The user's wish that the work stop: Ctrl-C, or a signal such as SIGTERM.
 *
 * <p>It interrupts the thread that works, and the process does not end before that thread has cleaned up. A second Ctrl-C
 * ends the process at once. The JVM ends with 128 and the number of the signal, whatever exit code the work came to.
 */
public final class Interruption {

    private final Thread worker = Thread.currentThread();
    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch workEnded = new CountDownLatch(1);
    private boolean watching;

    /**
     * From now on the constructing thread is interrupted when the user wishes so.
     *
     * @param announcement is made at that moment, on another thread
     */
    public void watch(Runnable announcement) {
        watching = true;
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopWork(announcement), "interruption"));
    }

    private void stopWork(Runnable announcement) {
        if (workEnded.getCount() == 0) {
            return;
        }
        requested.countDown();
        Terminal.letInterruptKill();
        worker.interrupt();
        announcement.run();
        try {
            workEnded.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Whether the user wishes the work to stop. For the thread that works.
     *
     * @param limit how long to wait for the wish: Ctrl-C also ends the programs that the work has started, and the
     *     failure of one may be noticed before the wish itself
     */
    public boolean requested(Duration limit) {
        if (!watching) {
            return false;
        }
        boolean interrupted = Thread.interrupted();
        try {
            return requested.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            return true;
        } finally {
            if (interrupted) {
                worker.interrupt();
            }
        }
    }

    /** The work has cleaned up; the process may end. */
    public void workEnded() {
        workEnded.countDown();
    }
}
