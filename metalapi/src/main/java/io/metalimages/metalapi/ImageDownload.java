package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * Looks whether machines would get an image: its tarball has to be there, as metal-api demands, and behind it the checksum
 * that metal-hammer compares. Redirects are followed, as both do. Thread-safe.
 */
public final class ImageDownload implements AutoCloseable {

    private static final int LARGEST_CHECKSUM = 4 << 10;

    private final MetalApiOptions options;
    private final WebClient client;

    /** @param options whose limits to keep to; its address and credentials are not used */
    public ImageDownload(MetalApiOptions options) {
        this.options = options;
        this.client = new WebClient(options.webOptions());
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
        OptionalLong length = fetch("HEAD", url, 0)
                .header("Content-Length")
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(text -> OptionalLong.of(Long.parseLong(text)))
                .orElse(OptionalLong.empty());
        if (length.isPresent() && length.getAsLong() != bytes) {
            throw another(url, "it has " + length.getAsLong() + " bytes instead of " + bytes);
        }
        String checksum = new String(
                fetch("GET", URI.create(url + ".md5"), LARGEST_CHECKSUM).body(), StandardCharsets.UTF_8);
        // As metal-hammer reads it: what is before the first space.
        String found = checksum.split(" ", 2)[0];
        if (!found.equals(md5)) {
            throw another(url, "its .md5 says " + ForeignText.line(found) + " instead of " + md5);
        }
    }

    private static FaultException another(URI url, String difference) {
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                url + " is another image: " + difference + ".",
                "Look whether the URL leads to this store, and whether something between caches an older image.",
                null);
    }

    private Response<byte[]> fetch(String method, URI url, int largest) throws InterruptedException {
        Request request = Request.of(method, url).takingAtMost(largest).within(options.longestResponse());
        Response<byte[]> response = client.attempt("Fetching " + url, number -> {
            Response<byte[]> latest = client.exchange(request);
            if (latest.isTransient()) {
                throw new TransientException(latest.summary(), latest);
            }
            return latest;
        });
        if (!response.succeeded()) {
            throw new FaultException(
                    FaultException.Category.REMOTE_FAULT,
                    "Nobody could fetch " + url + ": " + response.summary() + ".",
                    "See to it that the store is public under that URL, or name the right one.",
                    null);
        }
        return response;
    }

    @Override
    public void close() {
        client.close();
    }
}
