package io.metalimages.pipeline.docker;

import io.metalimages.artifact.tar.LayerTar;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.common.Digest;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.Manifest;
import io.metalimages.registry.MediaTypes;
import io.metalimages.registry.image.HistoryEntry;
import io.metalimages.registry.image.ImageConfiguration;
import io.metalimages.registry.image.Layer;
import io.metalimages.registry.image.LayerWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image as registries and archives have it.
 *
 * @param layers the lowest first
 */
record LayeredImage(ImageConfiguration configuration, List<Layer> layers, Manifest manifest) {

    LayeredImage {
        layers = List.copyOf(layers);
    }

    /**
     * Makes the layers of an image: one for each step's changes.
     *
     * @param date of the image, and of what its steps have made
     * @param directory takes a file for each layer
     */
    static LayeredImage of(Snapshot root, ImageConfiguration configuration, Instant date, Path directory)
            throws IOException, InterruptedException {
        ModificationTimes times = new ModificationTimes(date, root.begun());
        List<Layer> layers = new ArrayList<>();
        for (Path changes : root.layers()) {
            try (LayerWriter writer = new LayerWriter(directory.resolve("layer-" + layers.size()))) {
                LayerTar.write(changes, times, writer);
                layers.add(writer.finish());
            }
        }
        List<Digest> digests = layers.stream().map(Layer::plainDigest).toList();
        ImageConfiguration complete =
                configuration.complete(date, digests, history(configuration.history(), layers.size(), date));
        Manifest manifest = Manifest.image(
                Descriptor.of(MediaTypes.IMAGE_CONFIGURATION, complete.bytes()),
                layers.stream().map(Layer::descriptor).toList(),
                Map.of());
        return new LayeredImage(complete, layers, manifest);
    }

    Descriptor configurationDescriptor() {
        return Descriptor.of(MediaTypes.IMAGE_CONFIGURATION, configuration.bytes());
    }

    /**
     * The steps, of which as many have a layer as there are layers. The steps of a base that lies here as one file system share
     * its layer, which the last of them is said to have made.
     */
    private static List<HistoryEntry> history(List<HistoryEntry> steps, int layers, Instant date) {
        long excess = steps.stream().filter(step -> !step.emptyLayer()).count() - layers;
        List<HistoryEntry> history = new ArrayList<>();
        for (long missing = excess; missing < 0; missing++) {
            history.add(new HistoryEntry(Optional.of(date), "", "", false));
        }
        for (HistoryEntry step : steps) {
            boolean empty = step.emptyLayer() || excess > 0;
            excess -= step.emptyLayer() ? 0 : 1;
            history.add(new HistoryEntry(
                    step.created().or(() -> Optional.of(date)), step.createdBy(), step.comment(), empty));
        }
        return history;
    }
}
