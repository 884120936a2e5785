package io.metalimages.store.channel;

import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Reads all indexes of a store, and changes one, in as little memory as it is given. */
public final class LargeIndexProcess {

    private LargeIndexProcess() {}

    /** Takes the store. */
    public static void main(String[] arguments) throws StoreException {
        try (ObjectStore store = new StoreLocation(arguments[0]).open()) {
            RetryingStore retrying = RetryingStore.reporting(store, Progress.SILENT);
            Channels channels = new Channels(retrying);
            for (int time = 0; time < 2; time++) {
                try (ChannelSurvey survey = new ChannelSurvey(retrying, channels)) {
                    survey.refresh();
                    AtomicInteger seen = new AtomicInteger();
                    survey.forEach(
                            (channel, index) -> seen.addAndGet(index.images().size()));
                    System.out.println("seen " + seen);
                    survey.keep();
                }
            }
            ChannelIndex changed =
                    channels.change(channels.list().getLast(), index -> index.withdrawn(Optional.of(Instant.EPOCH)));
            System.out.println("changed " + changed.images().size());
        }
    }
}
