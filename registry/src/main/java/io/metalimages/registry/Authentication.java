package io.metalimages.registry;

import io.metalimages.common.FaultException;
import io.metalimages.http.Request;
import io.metalimages.http.RequestBody;
import io.metalimages.http.Response;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shows to one registry who asks: not at all until it wants to know, then with a password, or with a token from the service
 * that it names. A token is fetched for each scope, and anew when it is about to expire. See the distribution project's
 * documents token.md and oauth.md. Thread-safe.
 */
final class Authentication {

    private static final int LARGEST_TOKEN_RESPONSE = 1 << 20;
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

    /** What token.md says when the service does not. */
    private static final long USUAL_SECONDS = 60;

    private static final long LONGEST_SECONDS = Duration.ofHours(1).toSeconds();
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private static final String CLIENT = "metal-images";

    private final Registry registry;
    private final String name;
    private final Optional<Credentials> credentials;
    private final List<String> faults;
    private final Map<Scope, Token> tokens = new HashMap<>();

    /** What the registry wants; nothing is known before it has said so. */
    @Nullable
    private Challenge wanted;

    @Nullable
    private URI wantedBy;

    private record Token(String value, long expiry) {

        boolean isFresh() {
            return System.nanoTime() - expiry < 0;
        }
    }

    /**
     * Nothing is known yet of what the registry wants.
     *
     * @param name what to call the registry in messages
     * @param found the credentials, and why there may be others
     */
    Authentication(Registry registry, String name, CredentialFiles.Search found) {
        this.registry = registry;
        this.name = name;
        this.credentials = found.credentials();
        this.faults = List.copyOf(found.faults());
    }

    /**
     * Tells why there are no credentials, or others than expected, for which the registry has refused a request.
     *
     * @throws FaultException if a credential helper gave no answer
     */
    void requireNoFaults(Response<?> refusal) {
        if (!faults.isEmpty()) {
            throw FaultException.wrongInput(
                    refusal.summary() + (credentials.isPresent() ? "" : " without credentials") + ". "
                            + String.join(" ", faults),
                    "Look at that program, or log in without it: docker login " + name);
        }
    }

    /** The value of the {@code Authorization} header for a request, if the registry wants one. */
    synchronized Optional<String> header(Scope scope) throws InterruptedException {
        if (wanted == null || wantedBy == null) {
            return Optional.empty();
        }
        if (wanted.scheme().equals("basic")) {
            return credentials.map(known -> password(known).basic());
        }
        Token token = tokens.get(scope);
        if (token == null || !token.isFresh()) {
            token = fetch(wanted, wantedBy, scope);
            tokens.put(scope, token);
        }
        return Optional.of("Bearer " + token.value());
    }

    /**
     * Takes note of what the registry wants.
     *
     * @param refusal its response 401
     * @param sent the header that it did not take; empty if there was none
     * @return whether to ask again
     */
    synchronized boolean accept(Response<?> refusal, Scope scope, Optional<String> sent) {
        List<Challenge> challenges = refusal.headers("WWW-Authenticate").stream()
                .flatMap(header -> Challenge.parse(header).stream())
                .toList();
        Optional<Challenge> chosen = Stream.of("bearer", "basic")
                .flatMap(scheme -> challenges.stream()
                        .filter(challenge -> challenge.scheme().equals(scheme)))
                .findFirst();
        if (chosen.isEmpty()
                || (chosen.get().scheme().equals("basic") && (sent.isPresent() || credentials.isEmpty()))) {
            return false;
        }
        wanted = chosen.get();
        wantedBy = refusal.address();
        // Another thread may have fetched another one since.
        Token token = tokens.get(scope);
        if (token != null && sent.equals(Optional.of("Bearer " + token.value()))) {
            tokens.remove(scope);
        }
        return true;
    }

    private Credentials.Password password(Credentials known) {
        return switch (known) {
            case Credentials.Password password -> password;
            case Credentials.RefreshToken token ->
                throw FaultException.wrongInput(
                        name + " wants a password, and what is there is " + token + ".",
                        "Log in again: docker login " + name);
        };
    }

    private Token fetch(Challenge challenge, URI challenger, Scope scope) throws InterruptedException {
        URI realm = challenge
                .parameter("realm")
                .flatMap(text -> address(challenger, text))
                .orElseThrow(() ->
                        FaultException.remote(name + " wants a token and names no service that gives one.", null));
        registry.requirePermitted(realm, challenger);
        Optional<String> service = challenge.parameter("service");
        Request request = credentials.orElse(null) instanceof Credentials.RefreshToken(String refresh)
                ? exchange(realm, service, scope, refresh)
                : ask(realm, service, scope);
        String task = "Fetching a token for " + name + " from " + realm.getAuthority();
        Response<byte[]> response = registry.client()
                .attempt(
                        task,
                        number -> ErrorResponse.requireLasting(
                                registry.client().exchange(request.takingAtMost(LARGEST_TOKEN_RESPONSE))));
        if (response.status() == 401 || response.status() == 403) {
            requireNoFaults(response);
        }
        if (!response.succeeded()) {
            throw ErrorResponse.fault(response, task + (credentials.isPresent() ? "" : " without having logged in"));
        }
        JsonDocument document = JsonDocument.read(response.body(), "The token from " + realm.getAuthority());
        String value = document.optionalText("token")
                .filter(text -> !text.isEmpty())
                .or(() -> document.optionalText("access_token"))
                .filter(text -> TOKEN.matcher(text).matches())
                .orElseThrow(() -> FaultException.remote(
                        realm.getAuthority() + " answered " + response.status() + " without a token.", null));
        long seconds =
                Math.clamp(document.optionalNumber("expires_in").orElse(USUAL_SECONDS), USUAL_SECONDS, LONGEST_SECONDS);
        return new Token(
                value,
                System.nanoTime() + Duration.ofSeconds(seconds).minus(MARGIN).toNanos());
    }

    private Request ask(URI realm, Optional<String> service, Scope scope) {
        StringBuilder query = new StringBuilder();
        service.ifPresent(known -> query.append("&service=").append(encoded(known)));
        scope.grants().forEach(grant -> query.append("&scope=").append(encoded(grant)));
        Optional<Credentials.Password> password = credentials.map(this::password);
        password.ifPresent(known -> query.append("&account=").append(encoded(known.user())));
        String address = realm.toString();
        String separator = realm.getRawQuery() == null ? "?" : "&";
        return Request.of("GET", URI.create(address + separator + query.substring(Math.min(1, query.length()))))
                .authorized(password.map(Credentials.Password::basic));
    }

    private static Request exchange(URI realm, Optional<String> service, Scope scope, String refresh) {
        String form = Stream.of(
                        Stream.of("grant_type=refresh_token", "client_id=" + CLIENT),
                        service.stream().map(known -> "service=" + encoded(known)),
                        Stream.of("scope=" + encoded(String.join(" ", scope.grants()))),
                        Stream.of("refresh_token=" + encoded(refresh)))
                .flatMap(parts -> parts)
                .collect(Collectors.joining("&"));
        return Request.of("POST", realm)
                .with("Content-Type", "application/x-www-form-urlencoded")
                .sending(RequestBody.of(form));
    }

    private static Optional<URI> address(URI challenger, String text) {
        try {
            URI address = text.startsWith("/") ? challenger.resolve(text) : URI.create(text);
            String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
            return Optional.of(address)
                    .filter(known -> known.getHost() != null && known.getRawFragment() == null)
                    .filter(known -> known.getRawUserInfo() == null
                            && List.of("http", "https").contains(scheme));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
