package io.metalimages.cli;

import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import io.metalimages.store.ChannelIndex;
import io.metalimages.store.PublishedImage;
import io.metalimages.supplychain.ArtifactFiles;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * The files of an image on a web server: by the index of its channel, if the address is that of an image in a store and the
 * store has one; otherwise by their plain names.
 */
final class WebFiles implements ArtifactFiles, AutoCloseable {

    private static final int ATTEMPTS = 4;
    private static final int LARGEST_INDEX = 64 << 20;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(LONGEST_CONNECTING)
            .build();

    private final String directory;
    private final Optional<PublishedPlace> place;
    private final Optional<ChannelIndex> index;

    /**
     * @param address of the tarball, or of the directory with it
     * @throws FaultException if it is no address, or the server cannot be reached
     */
    WebFiles(String address) throws IOException, InterruptedException {
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

    /** The content at an address, from its beginning; empty if there is none. */
    private Optional<InputStream> get(String address) throws IOException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            String trouble;
            try {
                HttpResponse<InputStream> response =
                        client.send(request(address), HttpResponse.BodyHandlers.ofInputStream());
                int status = response.statusCode();
                if (status == 200) {
                    return Optional.of(new Body(response.body(), address));
                }
                response.body().close();
                if (status == 403 || status == 404 || status == 410) {
                    return Optional.empty(); // 403 is what buckets say who do not tell strangers what they have
                }
                trouble = "the server answered " + status;
            } catch (IOException e) {
                trouble = InputOutputReason.of(e);
            }
            if (attempt == ATTEMPTS) {
                throw FaultException.remote(
                        address + " could not be read, tried " + ATTEMPTS + " times: " + trouble + ".",
                        "Try again later.");
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(3);
        }
    }

    private static HttpRequest request(String address) {
        try {
            return HttpRequest.newBuilder(URI.create(address)).build();
        } catch (IllegalArgumentException e) {
            throw FaultException.wrongInput(
                    "\"" + DisplayText.line(address) + "\" is no address of a web server.",
                    "Give one such as https://HOST/metal-os/stable/debian/12/");
        }
    }

    /** Says which address it was that broke off. */
    private static final class Body extends FilterInputStream {

        private final String address;

        Body(InputStream content, String address) {
            super(content);
            this.address = address;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return super.read(buffer, offset, length);
            } catch (IOException e) {
                throw new FaultException(
                        FaultException.Category.REMOTE_FAULT,
                        address + " broke off: " + InputOutputReason.of(e) + ".",
                        "Try again later.",
                        e);
            }
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
