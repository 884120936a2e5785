package io.metalimages.http;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One request to a server. Immutable.
 *
 * @param headers by their names in any case; {@code Authorization} goes to {@code address}'s own server only
 * @param largestResponse the most bytes that the response's body may have, if it is read into memory
 * @param limit how long all of it may take; empty if it may go on as long as something is sent
 */
public record Request(
        String method,
        URI address,
        Map<String, String> headers,
        RequestBody body,
        int largestResponse,
        Optional<Duration> limit) {

    /** Enough for a response that is not the content that was asked for. */
    private static final int LARGEST_SMALL_RESPONSE = 64 << 10;

    private static final String AUTHORIZATION = "Authorization";

    /** A request without headers and body. */
    public static Request of(String method, URI address) {
        return new Request(method, address, Map.of(), RequestBody.EMPTY, LARGEST_SMALL_RESPONSE, Optional.empty());
    }

    public Request with(String header, String value) {
        Map<String, String> more = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        more.putAll(headers);
        more.put(header, value);
        return new Request(method, address, more, body, largestResponse, limit);
    }

    /** The same with this {@code Authorization}, or with none. */
    public Request authorized(Optional<String> value) {
        return value.map(text -> with(AUTHORIZATION, text)).orElseGet(this::withoutAuthorization);
    }

    private Request withoutAuthorization() {
        Map<String, String> fewer = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        fewer.putAll(headers);
        fewer.remove(AUTHORIZATION);
        return new Request(method, address, fewer, body, largestResponse, limit);
    }

    public Request sending(RequestBody content) {
        return new Request(method, address, headers, content, largestResponse, limit);
    }

    public Request takingAtMost(int bytes) {
        return new Request(method, address, headers, body, bytes, limit);
    }

    public Request within(Duration time) {
        return new Request(method, address, headers, body, largestResponse, Optional.of(time));
    }

    /** Whether it changes nothing and has no body. */
    boolean isReading() {
        return method.equals("GET") || method.equals("HEAD");
    }

    /** The same, to where the server led; credentials go to nobody else. */
    Request redirected(URI target) {
        Request kept = isSameServer(address, target) ? this : withoutAuthorization();
        return new Request(method, target, kept.headers, body, largestResponse, limit);
    }

    /** Whether both addresses have the same scheme, host and port. */
    public static boolean isSameServer(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return address.getScheme().equalsIgnoreCase("http") ? 80 : 443;
    }
}
