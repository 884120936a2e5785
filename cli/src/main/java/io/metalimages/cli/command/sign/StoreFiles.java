package io.metalimages.cli.command.sign;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.signature.ArtifactFiles;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** The files of an image in a store that this program has access to, as the index of its channel tells them. */
final class StoreFiles implements ArtifactFiles, AutoCloseable {

    private final PublishedPlace place;
    private final ObjectStore store;
    private final ChannelIndex index;

    private StoreFiles(PublishedPlace place, ObjectStore store, ChannelIndex index) {
        this.place = place;
        this.store = store;
        this.index = index;
    }

    /**
     * The files of the image with this URL, such as {@code s3://BUCKET/metal-os/stable/debian/12}.
     *
     * @throws FaultException if the URL names no image in a store
     */
    static StoreFiles of(String url) throws IOException {
        PublishedPlace place = PublishedPlace.find(url)
                .orElseThrow(() -> FaultException.wrongInput(
                        "\"" + DisplayText.line(url) + "\" names no image in a store.",
                        "Give STORE/metal-os/CHANNEL/OS/VERSION, such as s3://BUCKET/metal-os/stable/debian/12"));
        ObjectStore store = new StoreLocation(place.store()).open();
        try {
            return new StoreFiles(place, store, new Channels(store, Progress.SILENT).index(place.channel()));
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    @Override
    public Optional<Opened> open(String name) throws IOException {
        Optional<PublishedImage.PublishedFile> file = place.file(index, name);
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Opened(
                    store.read(file.get().key(), ByteRange.ALL).content(),
                    Optional.of(file.get().fingerprint().sha256())));
        } catch (StoreException.NoSuchObject lost) {
            return Optional.empty();
        }
    }

    @Override
    public Set<String> names() {
        return place.names(index);
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
