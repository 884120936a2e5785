package io.metalimages.cli.display;

import java.time.Duration;

/** Has a display show the time passing, beside the work, until there is nothing more to show. */
final class Ticker {

    private static final Duration PERIOD = Duration.ofMillis(100);

    private Ticker() {}

    static void start(Display display) {
        Thread.ofPlatform().daemon().name("display").start(() -> {
            try {
                while (display.tick()) {
                    Thread.sleep(PERIOD);
                }
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
