package io.metalimages.http;

import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;

/**
 * Reads what web servers have at an address, redirects followed. What a server may yet manage is tried again: a connection
 * that fails, breaks off or falls silent, and the responses 408, 429 and 5xx. Thread-safe.
 */
public final class WebClient implements AutoCloseable {

    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(10);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(LONGEST_CONNECTING)
            .build();

    private final RetryPolicy policy;

    public WebClient(RetryPolicy policy) {
        this.policy = policy;
    }

    /**
     * The content at {@code address}.
     *
     * @param absent status codes that mean that there is none
     * @return empty if there is none
     * @throws FaultException with {@link FaultException.Category#REMOTE_FAULT} if the server does not give it
     */
    public Optional<WebContent> get(URI address, Set<Integer> absent) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<InputStream> response = send(address, 0, Optional.empty());
                if (absent.contains(response.statusCode())) {
                    response.body().close();
                    return Optional.empty();
                }
                requireSuccess(address, response, 200);
                return Optional.of(new WebContent(this, address, response));
            } catch (IOException e) {
                pauseOrFail(address, attempt, e);
            }
        }
    }

    RetryPolicy policy() {
        return policy;
    }

    /**
     * Asks for the content from {@code offset} on.
     *
     * @param version what the content's earlier part was tagged with: if it is another one now, all of it comes
     */
    HttpResponse<InputStream> send(URI address, long offset, Optional<String> version)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(policy.silence());
        if (offset > 0) {
            request.header("Range", "bytes=" + offset + "-");
            version.ifPresent(tag -> request.header("If-Range", tag));
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpConnectTimeoutException e) {
            Optional<SSLException> fault = Handshake.fault(address, LONGEST_CONNECTING);
            throw fault.isPresent() ? fault.get() : new IOException("no connection came about", e);
        } catch (HttpTimeoutException e) {
            throw new IOException(
                    "the server was silent for " + policy.silence().toSeconds() + " s", e);
        }
    }

    /** @param expected the status code of a success */
    static void requireSuccess(URI address, HttpResponse<InputStream> response, int expected) throws IOException {
        int status = response.statusCode();
        if (status == expected) {
            return;
        }
        response.body().close();
        if (status == 408 || status == 429 || status >= 500) {
            throw new IOException("the server answered " + status);
        }
        throw FaultException.remote(address + " cannot be read: the server answered " + status + ".", null);
    }

    void pauseOrFail(URI address, int attempt, IOException failure) throws InterruptedException {
        if (failure instanceof SSLException) {
            throw new FaultException(
                    FaultException.Category.REMOTE_FAULT,
                    "No encrypted connection to " + address.getAuthority() + ": " + InputOutputReason.of(failure) + ".",
                    "Check the server's certificate, and whether it speaks HTTPS there.",
                    failure);
        }
        if (attempt >= policy.attempts()) {
            throw new FaultException(
                    FaultException.Category.REMOTE_FAULT,
                    address + " cannot be read (" + attempt + (attempt == 1 ? " attempt" : " attempts") + "): "
                            + InputOutputReason.of(failure) + ".",
                    "Try again later.",
                    failure);
        }
        Thread.sleep(policy.pause(attempt));
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
