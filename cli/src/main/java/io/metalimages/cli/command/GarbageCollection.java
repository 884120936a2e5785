package io.metalimages.cli.command;

import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.Quantity;
import io.metalimages.engine.Progress;
import io.metalimages.pipeline.cache.CachePolicy;
import io.metalimages.pipeline.cache.StateCache;
import java.io.IOException;
import java.util.Optional;

/** What builds do by themselves about results that nobody uses any more. */
public final class GarbageCollection {

    private GarbageCollection() {}

    /** Removes what the policy lets go, now and then. What this build uses stays, as it is still in use. */
    public static void run(StateCache cache, CachePolicy policy, Display display) throws IOException {
        Optional<StateCache.Pruning> pruning = cache.collect(policy);
        if (pruning.isPresent() && !pruning.get().removed().isEmpty()) {
            display.report(new Progress.Event.Note("Removed from the cache: "
                    + Quantity.count(pruning.get().removed().size(), "unused entry", "unused entries") + ", "
                    + Quantity.bytes(pruning.get().freed())));
        }
    }
}
