package io.metalimages.store.object.gcs;

import io.metalimages.http.Request;
import io.metalimages.http.RequestBody;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebClient;
import io.metalimages.store.object.StoreException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Gets tokens from Google, and keeps the last one until shortly before it expires. Thread-safe. */
final class GoogleTokens {

    private static final Duration LONGEST_RESPONSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_SEARCH = Duration.ofSeconds(3);
    private static final Duration MARGIN = Duration.ofMinutes(4);

    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    private final Map<String, String> environment;
    private final String address;
    private final WebClient client;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<GoogleCredentials> credentials = Optional.empty();
    private Optional<Token> current = Optional.empty();

    /** @param address how messages call the store that the tokens are for */
    GoogleTokens(WebClient client, Map<String, String> environment, String address) {
        this.client = client;
        this.environment = environment;
        this.address = address;
    }

    /** What a server wants to see, and until when. */
    record Token(String value, Instant end) {

        @Override
        public String toString() {
            return "a token until " + end;
        }
    }

    /**
     * A token that Google should accept.
     *
     * @param rejected one that it did not
     */
    Token get(Optional<Token> rejected) throws StoreException {
        lock.lock();
        try {
            Instant now = Instant.now();
            Optional<Token> usable = current.filter(
                            token -> now.isBefore(token.end().minus(MARGIN)))
                    .filter(token -> rejected.filter(token::equals).isEmpty());
            if (usable.isPresent()) {
                return usable.get();
            }
            if (credentials.isEmpty()) {
                credentials = Optional.of(GoogleCredentials.find(environment));
            }
            Token fresh = ask(credentials.get(), now);
            current = Optional.of(fresh);
            return fresh;
        } finally {
            lock.unlock();
        }
    }

    /** Who a token is asked for. */
    Optional<GoogleCredentials> credentials() {
        lock.lock();
        try {
            return credentials;
        } finally {
            lock.unlock();
        }
    }

    private Token ask(GoogleCredentials credentials, Instant now) throws StoreException {
        Response<byte[]> response = GoogleConnection.uninterrupted(() -> exchange(credentials, now));
        if (response.status() != 200) {
            throw failure(credentials, response);
        }
        JsonNode json = parse(response.body());
        String value = json.path("access_token").asString("");
        // What is no token could end a header and begin another.
        if (!value.matches("[\\x21-\\x7e]+")) {
            throw new StoreException.Unavailable(message(credentials, "no token was in the answer"), null);
        }
        return new Token(value, now.plusSeconds(json.path("expires_in").asLong(0)));
    }

    private Response<byte[]> exchange(GoogleCredentials credentials, Instant now)
            throws StoreException, InterruptedException {
        try {
            return client.exchange(request(credentials, now));
        } catch (TransientException e) {
            if (credentials instanceof GoogleCredentials.Machine && e.getCause() instanceof ConnectException failure) {
                String message = "There are no credentials for " + address;
                // Where there is no such server, its name is not known. One that does not listen yet may be about to:
                // its
                // pod has just started.
                throw failure.getCause() instanceof UnresolvedAddressException
                        ? new StoreException.Refused(message + ".", GoogleCredentials.REMEDY, e)
                        : new StoreException.Unavailable(message + ": " + GoogleFailure.reason(e) + ".", e)
                                .withRemedy(GoogleCredentials.REMEDY);
            }
            throw new StoreException.Unavailable(message(credentials, GoogleFailure.reason(e)), e);
        }
    }

    private static Request request(GoogleCredentials credentials, Instant now) {
        return switch (credentials) {
            case GoogleCredentials.ServiceAccount account -> post(account.server(), account.form(now));
            case GoogleCredentials.User user -> post(user.server(), user.form());
            case GoogleCredentials.Machine machine ->
                Request.of(
                                "GET",
                                machine.server().resolve("/computeMetadata/v1/instance/service-accounts/default/token"))
                        .with("Metadata-Flavor", "Google")
                        .within(LONGEST_SEARCH);
        };
    }

    private static Request post(URI server, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return Request.of("POST", server)
                .with("Content-Type", "application/x-www-form-urlencoded")
                .sending(RequestBody.of(body))
                .within(LONGEST_RESPONSE);
    }

    private StoreException failure(GoogleCredentials credentials, Response<byte[]> response) {
        JsonNode json = parse(response.body());
        // Of the response, only what RFC 6749, section 5.2, has there: a server may send back what it was sent.
        String error = json.path("error").asString("");
        String message = message(
                credentials,
                "the server answered " + response.status() + (error.matches("[a-z_]{1,60}") ? ", " + error : ""));
        // A machine's own server refuses for some seconds after a start: the account is not bound to it yet.
        boolean starting = credentials instanceof GoogleCredentials.Machine
                && (response.status() == FORBIDDEN || response.status() == NOT_FOUND);
        return starting || GoogleFailure.isTransient(response.status())
                ? new StoreException.Unavailable(message, null).withRemedy(GoogleCredentials.REMEDY)
                : new StoreException.Refused(message, GoogleCredentials.REMEDY, null);
    }

    private static JsonNode parse(byte[] text) {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            // Not what was expected, and no more can be said of it: Jackson would quote it.
            return JsonMapper.shared().createObjectNode();
        }
    }

    private String message(GoogleCredentials credentials, String reason) {
        return "Tried to get a token for " + address + " with " + credentials.name() + " but failed: " + reason + ".";
    }
}
