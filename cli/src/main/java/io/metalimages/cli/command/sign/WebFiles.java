package io.metalimages.cli.command.sign;

import io.metalimages.cli.display.DisplayText;
import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import io.metalimages.http.WebClient;
import io.metalimages.http.WebOptions;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.supplychain.signature.ArtifactFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The files of an image on a web server: by the index of its channel, if the address is that of an image in a store and the
 * store has one; otherwise by their plain names.
 */
final class WebFiles implements ArtifactFiles, AutoCloseable {

    /** 403 is what buckets say who do not tell strangers what they have. */
    private static final Set<Integer> ABSENT = Set.of(403, 404, 410);

    private static final int LARGEST_INDEX = 64 << 20;

    private final WebClient client;

    private final String directory;
    private final Optional<PublishedPlace> place;
    private final Optional<ChannelIndex> index;

    /**
     * @param address of the tarball, or of the directory with it
     * @param notes receives a sentence about each failure that is not the last
     * @throws FaultException if it is no address, or the server cannot be reached
     */
    WebFiles(String address, Consumer<String> notes) throws IOException, InterruptedException {
        this(address, RetryPolicy.USUAL, notes);
    }

    WebFiles(String address, RetryPolicy policy, Consumer<String> notes) throws IOException, InterruptedException {
        client = new WebClient(WebOptions.following(policy).withNotes(notes));
        String plain = address.replaceFirst("[?#].*$", "");
        directory = plain.endsWith("lz4") ? plain.substring(0, plain.lastIndexOf('/')) : plain.replaceFirst("/+$", "");
        place = PublishedPlace.find(plain);
        index = place.isPresent() ? index(place.get()) : Optional.empty();
    }

    private Optional<ChannelIndex> index(PublishedPlace published) throws IOException, InterruptedException {
        String address = published.store() + "/" + published.index();
        Optional<InputStream> content = get(address);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream input = content.get()) {
            return Optional.of(ChannelIndex.parse(input.readNBytes(LARGEST_INDEX), published.channel(), address));
        }
    }

    @Override
    public Optional<Opened> open(String name) throws IOException, InterruptedException {
        if (place.isEmpty() || index.isEmpty()) {
            return get(directory + "/" + name).map(content -> new Opened(content, Optional.empty()));
        }
        Optional<PublishedImage.PublishedFile> file = place.get().file(index.get(), name);
        if (file.isEmpty()) {
            return Optional.empty();
        }
        return get(place.get().store() + "/" + file.get().key())
                .map(content ->
                        new Opened(content, Optional.of(file.get().fingerprint().sha256())));
    }

    @Override
    public Set<String> names() {
        return place.isPresent() && index.isPresent() ? place.get().names(index.get()) : Set.of();
    }

    private Optional<InputStream> get(String address) throws InterruptedException {
        return client.get(uri(address), ABSENT).map(content -> content);
    }

    private static URI uri(String address) {
        try {
            URI uri = URI.create(address);
            if (uri.getHost() != null && Set.of("http", "https").contains(uri.getScheme())) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw FaultException.wrongInput(
                "\"" + DisplayText.line(address) + "\" is not an address of a web server.",
                "Give one such as https://HOST/metal-os/stable/debian/12/");
    }

    @Override
    public void close() {
        client.close();
    }
}
