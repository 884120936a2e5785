package io.metalimages.registry;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One request to a server. Immutable.
 *
 * @param headers without authorization
 * @param authorization the value of that header, for {@code address}'s own server only
 * @param body makes the body, anew for each attempt
 * @param largestAnswer the most bytes that the answer's body may have
 */
record Request(
        String method,
        URI address,
        Map<String, String> headers,
        Optional<String> authorization,
        Supplier<BodyPublisher> body,
        int largestAnswer) {

    /** What an answer has that is not the content that was asked for. */
    private static final int LARGEST_SMALL_ANSWER = 64 << 10;

    static Request of(String method, URI address) {
        return new Request(method, address, Map.of(), Optional.empty(), BodyPublishers::noBody, LARGEST_SMALL_ANSWER);
    }

    Request with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Request(method, address, more, authorization, body, largestAnswer);
    }

    Request authorized(Optional<String> value) {
        return new Request(method, address, headers, value, body, largestAnswer);
    }

    Request sending(Supplier<BodyPublisher> content) {
        return new Request(method, address, headers, authorization, content, largestAnswer);
    }

    Request takingAtMost(int bytes) {
        return new Request(method, address, headers, authorization, body, bytes);
    }

    /** Whether it only asks. */
    boolean isReading() {
        return method.equals("GET") || method.equals("HEAD");
    }

    /** The same, to where the server led; credentials go to nobody else. */
    Request redirected(URI target) {
        Optional<String> kept = isSameServer(address, target) ? authorization : Optional.empty();
        return new Request(method, target, headers, kept, body, largestAnswer);
    }

    static boolean isSameServer(URI one, URI other) {
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
