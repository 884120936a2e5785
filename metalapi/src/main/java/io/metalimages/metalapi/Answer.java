package io.metalimages.metalapi;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a server answered to a request. Immutable. */
final class Answer {

    private static final int LONGEST_SHOWN = 500;
    private static final Set<Integer> TRANSIENT = Set.of(408, 425, 429, 500, 502, 503, 504);

    private final URI address;
    private final int status;
    private final HttpHeaders headers;
    private final byte[] body;

    /** @param address who answered */
    Answer(URI address, int status, HttpHeaders headers, byte[] body) {
        this.address = address;
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    int status() {
        return status;
    }

    boolean succeeded() {
        return status / 100 == 2;
    }

    boolean isRedirect() {
        return status / 100 == 3;
    }

    /** Whether the server may well answer otherwise when it is asked again. */
    boolean isTransient() {
        return TRANSIENT.contains(status);
    }

    byte[] body() {
        return body.clone();
    }

    Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    /** How long the server asks to wait, if it says so in seconds; see RFC 9110, section 10.2.3. */
    Optional<Duration> retryAfter() {
        return header("Retry-After")
                .filter(text -> text.matches("[0-9]{1,9}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }

    /**
     * Why metal-api did not do what it was asked to, in its own words: the {@code message} of an {@code
     * httperrors.HTTPErrorResponse}, or a mere JSON string, which is what it sends to a stranger. Empty if the answer is
     * neither; then it may be somebody else who answered.
     */
    Optional<String> errorMessage() {
        try {
            JsonNode error = JsonMapper.shared().readTree(body);
            JsonNode message =
                    error.isObject() && error.path("statuscode").asInt(0) == status ? error.path("message") : error;
            return message.isString() ? Optional.of(shown(message.asString())) : Optional.empty();
        } catch (JacksonException notJson) {
            return Optional.empty();
        }
    }

    /** Who answered what: {@code api.example.com answered 404: no image with id "x" found}. */
    String told() {
        return address.getAuthority() + " answered " + status
                + errorMessage().map(message -> ": " + message).orElse("");
    }

    /** Foreign text as it may be part of a message: one line, without control characters, not too long. */
    static String shown(String text) {
        String line = text.codePoints()
                .limit(LONGEST_SHOWN)
                .map(point ->
                        Character.isISOControl(point) || Character.getType(point) == Character.FORMAT ? ' ' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        return text.codePointCount(0, text.length()) > LONGEST_SHOWN ? line + "…" : line;
    }
}
