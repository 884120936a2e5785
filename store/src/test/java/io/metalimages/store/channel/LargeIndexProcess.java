package io.metalimages.store.channel;

import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.RetryingStore;
import io.metalimages.store.object.StoreException;
import java.time.Instant;
import java.util.Optional;

/** Reads all indexes of a store, and changes one, in as little memory as it is given. */
public final class LargeIndexProcess {

    private LargeIndexProcess() {}

    /** Takes the store. */
    public static void main(String[] arguments) throws StoreException {
        try (ObjectStore store = new StoreLocation(arguments[0]).open()) {
            RetryingStore retrying = RetryingStore.reporting(store, Progress.SILENT);
            Channels channels = new Channels(retrying);
            for (int time = 0; time < 2; time++) {
                ChannelSurvey survey = new ChannelSurvey(retrying, channels);
                System.out.println("seen "
                        + survey.indexes().values().stream()
                                .mapToInt(index -> index.images().size())
                                .sum());
                survey.keep();
            }
            ChannelIndex changed =
                    channels.change(channels.list().getLast(), index -> index.withdrawn(Optional.of(Instant.EPOCH)));
            System.out.println("changed " + changed.images().size());
        }
    }
}
