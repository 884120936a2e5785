package io.metalimages.store.object.gcs;

import io.metalimages.common.FaultException;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebClient;
import io.metalimages.store.object.StoreException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** Sends requests to Google's server, or to one of its kind, with a token; each once. Thread-safe. */
final class GoogleConnection implements AutoCloseable {

    private static final int UNAUTHORIZED = 401;

    /** More than a thousand objects in a listing need. */
    private static final int LARGEST_RESPONSE = 64 << 20;

    private final WebClient client;
    private final URI server;
    private final Optional<GoogleTokens> tokens;
    private final String address;

    /**
     * A connection; nothing is sent yet.
     *
     * @param client is closed with the connection; must follow no redirects
     * @param tokens empty if requests go without
     * @param address how messages call the store
     */
    GoogleConnection(WebClient client, URI server, Optional<GoogleTokens> tokens, String address) {
        this.client = client;
        this.server = server;
        this.tokens = tokens;
        this.address = address;
    }

    String address() {
        return address;
    }

    /** Whether a server is this machine, by a name that no resolver can change. */
    static boolean isThisMachine(URI server) {
        return Set.of("localhost", "127.0.0.1", "[::1]")
                .contains(Optional.ofNullable(server.getHost()).orElse(""));
    }

    /** @param path with its query, both encoded */
    Request request(String method, String path) {
        String base = server.toString();
        return Request.of(
                method, URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path));
    }

    /** Whether a request to that address comes to the same server, so that the token may go there. */
    boolean leadsTo(URI other) {
        return Request.isSameServer(server, other);
    }

    /** What a response means that is no success. */
    GoogleFailure failure(Response<byte[]> response, String what) {
        return new GoogleFailure(response.status(), response.body(), what, address);
    }

    /**
     * Sends a request and reads the whole response, whatever it is.
     *
     * @param what is tried, as in "write debian/12"
     */
    Response<byte[]> exchange(Request request, String what) throws StoreException {
        Response<InputStream> response = open(request, what);
        try {
            return client.readWhole(response, LARGEST_RESPONSE);
        } catch (TransientException e) {
            throw unavailable(what, e);
        }
    }

    /** Sends a request. The response, whatever it is, is to be closed; reading it fails when nothing comes for long. */
    Response<InputStream> open(Request request, String what) throws StoreException {
        if (tokens.isEmpty()) {
            return send(request, what);
        }
        GoogleTokens.Token token = tokens.get().get(Optional.empty());
        Response<InputStream> response = send(authorized(request, token), what);
        if (response.status() != UNAUTHORIZED) {
            return response;
        }
        WebClient.discard(response);
        return send(authorized(request, tokens.get().get(Optional.of(token))), what);
    }

    private static Request authorized(Request request, GoogleTokens.Token token) {
        return request.authorized(Optional.of("Bearer " + token.value()));
    }

    private Response<InputStream> send(Request request, String what) throws StoreException {
        return uninterrupted(() -> {
            try {
                return client.open(request);
            } catch (TransientException e) {
                throw unavailable(what, e);
            }
        });
    }

    StoreException unavailable(String what, Exception cause) {
        return new StoreException.Unavailable(
                "Tried to " + what + " in " + address + " but failed: " + GoogleFailure.reason(cause) + ".", cause);
    }

    @FunctionalInterface
    interface Interruptible<T> {
        T perform() throws StoreException, InterruptedException;
    }

    static <T> T uninterrupted(Interruptible<T> work) throws StoreException {
        try {
            return work.perform();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(FaultException.Category.INTERRUPTED, "It was interrupted.", null, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
