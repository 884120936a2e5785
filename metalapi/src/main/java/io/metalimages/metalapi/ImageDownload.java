package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * Looks whether machines would get an image: its tarball has to be there, as metal-api demands, and behind it the checksum
 * that metal-hammer compares. Redirects are followed, as both do. Thread-safe.
 */
public final class ImageDownload implements AutoCloseable {

    private static final int LARGEST_CHECKSUM = 4 << 10;
    private static final int FIRST_FAILURE = 400;

    private final Transport transport;

    /** @param options whose patience to have; its address and credentials are not used */
    public ImageDownload(MetalApiOptions options) {
        this.transport = new Transport(
                HttpClient.Redirect.NORMAL,
                new Transport.Patience(
                        options.attempts(),
                        options.firstPause(),
                        options.longestPause(),
                        options.longestAnswer(),
                        options.notes()));
    }

    /**
     * Sees to it that an image can be fetched.
     *
     * @param url of the tarball
     * @param bytes how long it is
     * @param md5 its checksum, in lower-case hexadecimal digits
     * @throws FaultException if it cannot, or another one is there
     */
    public void require(URI url, long bytes, String md5) throws InterruptedException {
        Answer tarball = answer("HEAD", url, 0);
        OptionalLong told = tarball.header("Content-Length")
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(text -> OptionalLong.of(Long.parseLong(text)))
                .orElse(OptionalLong.empty());
        if (told.isPresent() && told.getAsLong() != bytes) {
            throw another(url, "it has " + told.getAsLong() + " bytes instead of " + bytes);
        }
        String checksum = new String(
                answer("GET", URI.create(url + ".md5"), LARGEST_CHECKSUM).body(), StandardCharsets.UTF_8);
        // As metal-hammer reads it: what is before the first space.
        String found = checksum.split(" ", 2)[0];
        if (!found.equals(md5)) {
            throw another(url, "its .md5 says " + Answer.shown(found) + " instead of " + md5);
        }
    }

    private static FaultException another(URI url, String difference) {
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                url + " is another image: " + difference + ".",
                "Look whether the URL leads to this store, and whether something between caches an older image.",
                null);
    }

    private Answer answer(String method, URI url, int largest) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url)
                .method(method, BodyPublishers.noBody())
                .build();
        Answer answer = transport.attempt("Fetching " + url, uncertain -> transport.send(request, largest));
        if (answer.status() >= FIRST_FAILURE || answer.isRedirect()) {
            throw new FaultException(
                    FaultException.Category.REMOTE_FAULT,
                    "Nobody could fetch " + url + ": " + answer.told() + ".",
                    "See to it that the store is public under that URL, or name the right one.",
                    null);
        }
        return answer;
    }

    @Override
    public void close() {
        transport.close();
    }
}
