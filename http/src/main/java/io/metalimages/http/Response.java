package io.metalimages.http;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/**
 * What a server responded to a request, after redirects that were followed.
 *
 * @param <B> the body: {@code byte[]}, or {@code InputStream} if it is still to be read
 * @param address who responded
 */
public record Response<B>(URI address, int status, HttpHeaders headers, B body) {

    private static final int NOT_IMPLEMENTED = 501;
    private static final int VERSION_NOT_SUPPORTED = 505;

    public boolean succeeded() {
        return status / 100 == 2;
    }

    public boolean isRedirect() {
        return status / 100 == 3;
    }

    /** Whether the server may well respond otherwise when it is asked again. */
    public boolean isTransient() {
        return isTransient(status);
    }

    /** Whether a server that gave this status may well give another one next time. */
    public static boolean isTransient(int status) {
        return status == 408
                || status == 425
                || status == 429
                || (status >= 500 && status != NOT_IMPLEMENTED && status != VERSION_NOT_SUPPORTED);
    }

    public Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    public List<String> headers(String name) {
        return headers.allValues(name);
    }

    /** Where the server leads to; empty if it does not say, or nothing that is an address. */
    public Optional<URI> location() {
        return header("Location").flatMap(this::resolve);
    }

    /** The address that is meant by {@code reference} in this response. */
    public Optional<URI> resolve(String reference) {
        try {
            // java.net.URI takes a query without a path as RFC 2396 did; RFC 3986 keeps the path.
            String whole = reference.startsWith("?") ? address.getRawPath() + reference : reference;
            return Optional.of(address.resolve(whole)).filter(target -> target.getHost() != null);
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /** How long the server asks to wait; see RFC 9110, section 10.2.3. */
    public Optional<Duration> retryAfter() {
        return header("Retry-After").flatMap(text -> {
            if (text.matches("[0-9]{1,9}")) {
                return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
            }
            try {
                Instant then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
                Duration left = Duration.between(Instant.now(), then);
                return Optional.of(left.isNegative() ? Duration.ZERO : left);
            } catch (DateTimeException neitherSecondsNorDate) {
                return Optional.empty();
            }
        });
    }

    /** Who responded what: {@code registry.example.com answered 403}. */
    public String summary() {
        return address.getAuthority() + " answered " + status;
    }
}
