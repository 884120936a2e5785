package io.metalimages.cli.command.store;

import io.metalimages.cli.command.register.MetalApiAccess;
import io.metalimages.cli.command.register.MetalApiSettings;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.DisplayText;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.metalapi.MetalApi;
import io.metalimages.metalapi.RegisteredImage;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.Channels;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.StoreSettings;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.registration.RegisteredUse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What {@code metal-images list --store} does. */
public final class StoreListWork {

    private final String store;
    private final MetalApiSettings api;
    private final CommandContext context;

    public StoreListWork(String store, MetalApiSettings api, CommandContext context) {
        this.store = store;
        this.api = api;
        this.context = context;
    }

    /** Reports what is in each channel. */
    public void list(Report report) throws IOException, InterruptedException {
        Optional<List<RegisteredImage>> registered = registered();
        try (ObjectStore opened = new StoreLocation(store).open()) {
            new StoreSettings(opened, this::note).requireThere();
            Channels channels = new Channels(opened, this::note);
            List<ListedChannel> listed = new ArrayList<>();
            for (Channel channel : channels.list()) {
                listed.add(listing(channels, channel, registered));
            }
            report.add(new StoreListing(opened.address(), listed));
        } catch (StoreException e) {
            throw e.fault("Run it again.");
        }
    }

    private static ListedChannel listing(Channels channels, Channel channel, Optional<List<RegisteredImage>> registered)
            throws StoreException {
        try {
            ChannelIndex index = channels.index(channel);
            return new ListedChannel(
                    channel,
                    Optional.of(index),
                    registered.map(images -> ids(images, channel, index)),
                    Optional.empty());
        } catch (FaultException unreadable) {
            return new ListedChannel(
                    channel, Optional.empty(), Optional.empty(), Optional.ofNullable(unreadable.getMessage()));
        }
    }

    private static SortedMap<ImageName, List<String>> ids(
            List<RegisteredImage> registered, Channel channel, ChannelIndex index) {
        SortedMap<ImageName, List<String>> ids = new TreeMap<>();
        index.images()
                .forEach((name, image) -> ids.put(
                        name,
                        registered.stream()
                                .filter(each -> RegisteredUse.isMeant(each, channel, image))
                                .map(RegisteredImage::id)
                                .toList()));
        return ids;
    }

    private Optional<List<RegisteredImage>> registered() throws IOException, InterruptedException {
        MetalApiAccess access = new MetalApiAccess(api, context.environment());
        if (!access.isNamed()) {
            return Optional.empty();
        }
        try (MetalApi metalApi = new MetalApi(access.options(this::warn))) {
            return Optional.of(metalApi.images());
        }
    }

    private void note(Progress.Event event) {
        if (event instanceof Progress.Event.Note(String message)) {
            warn(message);
        }
    }

    private void warn(String message) {
        context.errors().println("Note: " + DisplayText.line(message));
    }
}
