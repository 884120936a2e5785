package io.metalimages.store.channel;

import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObservedStore;
import io.metalimages.store.retention.Pruner;
import io.metalimages.store.retention.Retention;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;

/** Releases or prunes, and has itself killed at a moment: kill -9, before or after a call to the store. */
public final class DyingProcess {

    public static final String RELEASE = "release";
    public static final String PRUNE = "prune";

    private DyingProcess() {}

    /** Takes what to do, the store, and the moment as {@link ObservedStore#killedAt} does. */
    public static void main(String[] arguments) throws IOException {
        int moment = Integer.parseInt(arguments[2]);
        try (ObjectStore store = new ObservedStore(
                new StoreLocation(arguments[1]).open(),
                call -> dieIf(2 * call == moment),
                call -> dieIf(2 * call + 1 == moment))) {
            if (arguments[0].equals(RELEASE)) {
                Releaser releaser = new Releaser(store, Progress.SILENT);
                releaser.perform(
                        releaser.plan(new Releaser.Options(
                                (Channel.Release) Channel.parse("20230701"),
                                new Channel.Stable(),
                                LocalDate.MAX,
                                false)),
                        new PublicUrl("https://images.example.com"),
                        false);
            } else {
                try (Pruner pruner = new Pruner(store, Progress.SILENT)) {
                    Pruner.Options options = new Pruner.Options(new Retention(0, 1, 0), List.of(), Duration.ZERO);
                    pruner.perform(pruner.plan(options), options);
                }
            }
        }
    }

    private static void dieIf(boolean now) {
        if (now) {
            try {
                new ProcessBuilder(
                                "kill",
                                "-9",
                                Long.toString(ProcessHandle.current().pid()))
                        .start();
                Thread.sleep(Duration.ofDays(1));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
