package io.metalimages.registry.image;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an image says of itself: the document of the OCI image specification's config.md, with Docker's extensions. Texts that
 * it does not have are empty. Immutable.
 *
 * @param architecture as Go names it: {@code amd64}
 * @param operatingSystem as Go names it: {@code linux}
 * @param variant of the architecture
 * @param layers the digest of each layer's tar, from the lowest up
 * @param history each entry with a layer belongs to the next one of {@code layers}; there may be fewer of them
 */
public record ImageConfiguration(
        Optional<Instant> created,
        String author,
        String architecture,
        String operatingSystem,
        String variant,
        ContainerConfiguration container,
        List<Digest> layers,
        List<HistoryEntry> history) {

    public ImageConfiguration {
        layers = List.copyOf(layers);
        history = List.copyOf(history);
    }

    /** An image for Linux that has no file and says nothing. */
    public static ImageConfiguration empty(String architecture) {
        return new ImageConfiguration(
                Optional.empty(), "", architecture, "linux", "", ContainerConfiguration.EMPTY, List.of(), List.of());
    }

    /**
     * Reads the document.
     *
     * @param origin what it is and where it comes from, for messages
     * @throws FaultException if it is no such document
     */
    public static ImageConfiguration read(byte[] bytes, String origin) {
        return ImageConfigurationJson.read(bytes, origin);
    }

    /** The document; the same image gives the same bytes. */
    public byte[] bytes() {
        return ImageConfigurationJson.write(this);
    }

    public ImageConfiguration withContainer(ContainerConfiguration changed) {
        return new ImageConfiguration(
                created, author, architecture, operatingSystem, variant, changed, layers, history);
    }

    public ImageConfiguration withAuthor(String name) {
        return new ImageConfiguration(
                created, name, architecture, operatingSystem, variant, container, layers, history);
    }

    public ImageConfiguration withHistory(HistoryEntry entry) {
        List<HistoryEntry> longer = new ArrayList<>(history);
        longer.add(entry);
        return new ImageConfiguration(
                created, author, architecture, operatingSystem, variant, container, layers, longer);
    }

    /** The same image when its layers are there. */
    public ImageConfiguration complete(Instant time, List<Digest> made, List<HistoryEntry> steps) {
        return new ImageConfiguration(
                Optional.of(time), author, architecture, operatingSystem, variant, container, made, steps);
    }
}
