package io.metalimages.cli.display;

import java.time.Duration;

/** Does something again and again beside the work, until it is closed. */
public final class Ticker implements AutoCloseable {

    private final Thread thread;

    /** @param action may still be done for a last time when this has been closed */
    public Ticker(Duration period, Runnable action) {
        thread = Thread.ofPlatform().daemon().name("display").unstarted(() -> {
            try {
                while (true) {
                    action.run();
                    Thread.sleep(period);
                }
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        });
    }

    public void start() {
        thread.start();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
