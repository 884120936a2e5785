package io.metalimages.store.registration;

import io.metalimages.common.FaultException;
import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.metalapi.ImageId;
import io.metalimages.metalapi.MetalApi;
import io.metalimages.metalapi.RegisteredImage;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Has a metal-api give the images of a withdrawn release to no machine any more. */
public final class Deprecation {

    private final MetalApi metalApi;
    private final InstantSource clock;

    public Deprecation(MetalApi metalApi, InstantSource clock) {
        this.metalApi = metalApi;
        this.clock = clock;
    }

    /**
     * Deprecates them, and lets them expire.
     *
     * @return the ids by which metal-api has them
     * @throws FaultException if metal-api refuses it; those before stay deprecated
     */
    public List<String> of(Channel.Release day, ChannelIndex withdrawn) throws InterruptedException {
        List<String> deprecated = new ArrayList<>();
        for (RegisteredImage registered : metalApi.images()) {
            boolean isMeant = withdrawn.images().values().stream()
                    .anyMatch(image -> RegisteredUse.isMeant(registered, day, image));
            if (isMeant && registered.imageId().isPresent() && registered.url().isPresent()) {
                ImageId id = registered.imageId().get();
                metalApi.update(new ImageEntry(
                        id,
                        URI.create(registered.url().get()),
                        registered.features().isEmpty() ? Set.of(Feature.ofOs(id.os())) : registered.features(),
                        registered.name().orElse(registered.id()),
                        registered.description().orElse(registered.id()),
                        Optional.of(Classification.DEPRECATED),
                        Optional.of(clock.instant())));
                deprecated.add(registered.id());
            }
        }
        return List.copyOf(deprecated);
    }
}
