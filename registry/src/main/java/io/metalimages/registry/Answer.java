package io.metalimages.registry;

import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a server answered to a request, redirects followed. Immutable. */
final class Answer {

    private static final int LONGEST_SHOWN = 500;
    private static final int MOST_ERRORS_SHOWN = 5;

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

    URI address() {
        return address;
    }

    int status() {
        return status;
    }

    boolean succeeded() {
        return status / 100 == 2;
    }

    /** Whether the server may well answer otherwise when it is asked again. */
    boolean isTransient() {
        return status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501 && status != 505);
    }

    byte[] body() {
        return body.clone();
    }

    Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    List<String> headers(String name) {
        return headers.allValues(name);
    }

    /** The type of the body, without parameters; empty if it is not said. */
    String contentType() {
        return header("Content-Type").map(MediaTypes::bare).orElse("");
    }

    /** Where the server leads to; empty if it does not say, or nothing that is an address. */
    Optional<URI> location() {
        return header("Location").flatMap(this::resolve);
    }

    /** The address that is meant by {@code text} in this answer. */
    Optional<URI> resolve(String text) {
        try {
            // java.net.URI takes a query without a path as RFC 2396 did; RFC 3986 keeps the path.
            String reference = text.startsWith("?") ? address.getRawPath() + text : text;
            return Optional.of(address.resolve(reference)).filter(target -> target.getHost() != null);
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /** How long the server asks to wait; see RFC 9110, section 10.2.3. */
    Optional<Duration> retryAfter() {
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

    /** That the work cannot go on, in the server's own words. */
    FaultException fault(String tried) {
        return fault(tried, null);
    }

    FaultException fault(String tried, @Nullable Throwable cause) {
        String message = tried + " failed: " + told() + ".";
        return switch (status) {
            case 401, 403 ->
                new FaultException(
                        Category.WRONG_INPUT,
                        message,
                        "Log in, for instance by: docker login " + address.getAuthority()
                                + " (or skopeo login); the account needs the right to do this.",
                        cause);
            case 404 -> new FaultException(Category.WRONG_INPUT, message, "Look at the name.", cause);
            case 413 -> new FaultException(Category.REMOTE_FAULT, message, "The registry has a limit on sizes.", cause);
            default ->
                new FaultException(Category.REMOTE_FAULT, message, isTransient() ? "Try again later." : null, cause);
        };
    }

    /** Who answered what: {@code registry.example.com answered 403: DENIED, access denied}. */
    String told() {
        String errors = errors();
        return address.getAuthority() + " answered " + status + (errors.isEmpty() ? "" : ": " + errors);
    }

    /** The errors as the specification has them, or else the beginning of whatever text was sent. */
    private String errors() {
        if (body.length == 0) {
            return "";
        }
        try {
            return JsonDocument.read(body, "The answer").objects("errors").stream()
                    .limit(MOST_ERRORS_SHOWN)
                    .map(error -> Stream.of(error.optionalText("code"), error.optionalText("message"))
                            .flatMap(Optional::stream)
                            .filter(text -> !text.isBlank())
                            .map(Answer::shown)
                            .collect(Collectors.joining(", ")))
                    .collect(Collectors.joining("; "));
        } catch (FaultException notAsSpecified) {
            return contentType().startsWith("text/plain") ? shown(new String(body, StandardCharsets.UTF_8)) : "";
        }
    }

    /** Foreign text as it may be part of a message: one line, without control characters, not too long. */
    static String shown(String text) {
        String line = text.codePoints()
                .map(point ->
                        Character.isISOControl(point) || Character.getType(point) == Character.FORMAT ? ' ' : point)
                .limit(LONGEST_SHOWN)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        while (line.endsWith(".")) {
            line = line.substring(0, line.length() - 1);
        }
        return line;
    }
}
