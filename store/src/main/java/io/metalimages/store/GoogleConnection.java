package io.metalimages.store;

import io.metalimages.common.FaultException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Sends requests to Google's server, or to one of its kind, with a token. Thread-safe. */
final class GoogleConnection implements AutoCloseable {

    private static final int UNAUTHORIZED = 401;
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    /** How long a part may be on its way, and then for an answer. */
    private static final Duration LONGEST_SENDING = Duration.ofMinutes(15);

    /** More than a thousand objects in a listing need. */
    private static final int LARGEST_ANSWER = 64 << 20;

    private final HttpClient http;
    private final URI server;
    private final Optional<GoogleTokens> tokens;
    private final String address;
    private final ScheduledThreadPoolExecutor alarms =
            new ScheduledThreadPoolExecutor(1, Thread.ofVirtual().factory());

    /**
     * @param http is closed with the connection
     * @param tokens empty if requests go without
     * @param address how messages call the store
     */
    GoogleConnection(HttpClient http, URI server, Optional<GoogleTokens> tokens, String address) {
        this.http = http;
        this.server = server;
        this.tokens = tokens;
        this.address = address;
        alarms.setRemoveOnCancelPolicy(true);
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
    HttpRequest.Builder request(String path) {
        String base = server.toString();
        return HttpRequest.newBuilder(
                URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path));
    }

    /** Whether a request to that address comes to the same server, so that the token may go there. */
    boolean leadsTo(URI other) {
        return server.resolve("/").equals(other.resolve("/"));
    }

    /** An answer that is in memory. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answer(HttpResponse<?> head, byte[] body) {

        int status() {
            return head.statusCode();
        }

        boolean succeeded() {
            return status() / 100 == 2;
        }

        Optional<String> header(String name) {
            return head.headers().firstValue(name);
        }

        GoogleFailure failure(String what, GoogleConnection connection) {
            return new GoogleFailure(status(), body, what, connection.address());
        }
    }

    /**
     * Sends a request and reads the whole answer, whatever it is.
     *
     * @param what is tried, as in "write debian/12"
     */
    Answer ask(HttpRequest.Builder request, String what) throws StoreException {
        HttpResponse<InputStream> response = open(request, what);
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(LARGEST_ANSWER + 1);
            if (bytes.length > LARGEST_ANSWER) {
                throw new StoreException.Refused(
                        "Tried to " + what + " in " + address + " but failed: the answer does not end.", null);
            }
            return new Answer(response, bytes);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw unavailable(what, e);
        }
    }

    /** Sends a request. The answer, whatever it is, is to be closed; reading it fails when nothing comes for long. */
    HttpResponse<InputStream> open(HttpRequest.Builder request, String what) throws StoreException {
        if (tokens.isEmpty()) {
            return send(request.copy(), what);
        }
        GoogleTokens.Token token = tokens.get().get(Optional.empty());
        HttpResponse<InputStream> response = send(authorized(request, token), what);
        if (response.statusCode() != UNAUTHORIZED) {
            return response;
        }
        close(response);
        return send(authorized(request, tokens.get().get(Optional.of(token))), what);
    }

    private static HttpRequest.Builder authorized(HttpRequest.Builder request, GoogleTokens.Token token) {
        return request.copy().header("Authorization", "Bearer " + token.value());
    }

    private HttpResponse<InputStream> send(HttpRequest.Builder builder, String what) throws StoreException {
        HttpRequest request = builder.timeout(LONGEST_SENDING).build();
        HttpResponse<InputStream> response = uninterrupted(() -> {
            try {
                return http.send(
                        request,
                        information -> HttpResponse.BodySubscribers.mapping(
                                HttpResponse.BodySubscribers.ofInputStream(), WatchedInput::new));
            } catch (IOException e) {
                throw unavailable(what, e);
            }
        });
        return response;
    }

    static void close(HttpResponse<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException e) {
            // It was of no interest.
        }
    }

    StoreException unavailable(String what, IOException cause) {
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

    /** An answer's body; gives up when nothing comes. */
    private final class WatchedInput extends FilterInputStream {

        private volatile boolean silent;

        WatchedInput(InputStream body) {
            super(body);
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            ScheduledFuture<?> alarm =
                    alarms.schedule(this::abandon, LONGEST_SILENCE.toMillis(), TimeUnit.MILLISECONDS);
            try {
                int count = in.read(buffer, offset, length);
                if (silent) {
                    throw new IOException("nothing came for " + LONGEST_SILENCE.toSeconds() + " s");
                }
                return count;
            } finally {
                alarm.cancel(false);
            }
        }

        private void abandon() {
            silent = true;
            try {
                in.close();
            } catch (IOException e) {
                // Whoever reads is told.
            }
        }
    }

    @Override
    public void close() {
        alarms.shutdownNow();
        http.shutdownNow();
    }
}
