package io.metalimages.http;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which proxy requests go by: the one that {@code HTTPS_PROXY} or {@code HTTP_PROXY} names, unless {@code NO_PROXY} names the
 * server. The lower-case forms count first. Requests to this machine itself go by none. As curl and Go's programs have it.
 * Immutable.
 */
public final class Proxies extends ProxySelector {

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int USUAL_PORT = 1080;

    private final Optional<URI> forHttps;
    private final Optional<URI> forHttp;
    private final List<String> exceptions;

    private Proxies(Optional<URI> forHttps, Optional<URI> forHttp, List<String> exceptions) {
        this.forHttps = forHttps;
        this.forHttp = forHttp;
        this.exceptions = exceptions;
    }

    /**
     * The proxies that an environment names.
     *
     * @throws FaultException of the category {@code WRONG_INPUT} if it names one that is no address of HTTP
     */
    public static Proxies of(Map<String, String> environment) {
        return new Proxies(
                proxy(environment, "HTTPS_PROXY"),
                proxy(environment, "HTTP_PROXY"),
                value(environment, "NO_PROXY").stream()
                        .flatMap(list -> Stream.of(list.split("[,\\s]+")))
                        .filter(exception -> !exception.isEmpty())
                        .map(exception -> exception.toLowerCase(Locale.ROOT))
                        .toList());
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Stream.of(name.toLowerCase(Locale.ROOT), name)
                .map(environment::get)
                .filter(text -> text != null && !text.isBlank())
                .findFirst()
                .map(String::strip);
    }

    /** A proxy's address without who asks. */
    public static URI withoutUser(URI proxy) {
        int port = proxy.getPort() < 0 ? USUAL_PORT : proxy.getPort();
        return URI.create("http://" + proxy.getHost() + ":" + port);
    }

    private static Optional<URI> proxy(Map<String, String> environment, String name) {
        return value(environment, name).map(text -> {
            try {
                URI proxy = URI.create(text.contains("://") ? text : "http://" + text);
                if ("http".equalsIgnoreCase(proxy.getScheme()) && proxy.getHost() != null) {
                    return proxy;
                }
            } catch (IllegalArgumentException notAnAddress) {
                // Told below: what it says has the password in it.
            }
            // Not the value, which may have a password in it.
            throw FaultException.wrongInput(
                    name + " is not the address of an HTTP proxy.",
                    "Write it as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT; other kinds are not supported.");
        });
    }

    /** The proxy for requests to this address; empty if there is none. */
    public Optional<URI> find(URI address) {
        String host = address.getHost();
        if (host == null || isExcepted(unbracketed(host).toLowerCase(Locale.ROOT), port(address))) {
            return Optional.empty();
        }
        return "https".equalsIgnoreCase(address.getScheme()) ? forHttps : forHttp;
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return "https".equalsIgnoreCase(address.getScheme()) ? HTTPS_PORT : HTTP_PORT;
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private boolean isExcepted(String host, int port) {
        if (host.equals("localhost")
                || numeric(host).filter(InetAddress::isLoopbackAddress).isPresent()) {
            return true;
        }
        return exceptions.stream().anyMatch(exception -> covers(exception, host, port));
    }

    private static boolean covers(String exception, String host, int port) {
        if (exception.equals("*")) {
            return true;
        }
        int slash = exception.indexOf('/');
        if (slash > 0) {
            return network(exception.substring(0, slash), exception.substring(slash + 1), host);
        }
        String name = exception;
        int colon = exception.lastIndexOf(':');
        if ((colon > 0 && colon == exception.indexOf(':')) || exception.contains("]:")) {
            if (!exception.substring(colon + 1).equals(Integer.toString(port))) {
                return false;
            }
            name = exception.substring(0, colon);
        }
        String plain = unbracketed(name).replaceFirst("^\\*?\\.", "");
        Optional<InetAddress> wanted = numeric(plain);
        return wanted.isPresent() ? wanted.equals(numeric(host)) : host.equals(plain) || host.endsWith("." + plain);
    }

    private static boolean network(String prefix, String length, String host) {
        Optional<InetAddress> network = numeric(prefix);
        Optional<InetAddress> address = numeric(host);
        if (network.isEmpty() || address.isEmpty() || !length.matches("[0-9]{1,3}")) {
            return false;
        }
        byte[] wanted = network.get().getAddress();
        byte[] actual = address.get().getAddress();
        int bits = Integer.parseInt(length);
        if (wanted.length != actual.length || bits > wanted.length * Byte.SIZE) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if ((wanted[bit / Byte.SIZE] & mask) != (actual[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** The address that is meant by a text; no name is looked up. */
    private static Optional<InetAddress> numeric(String host) {
        try {
            return Optional.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException aName) {
            return Optional.empty();
        }
    }

    /** Who a proxy is to be told that asks. */
    public record User(String name, String password) {

        @Override
        public String toString() {
            return "a user of a proxy";
        }
    }

    /** Who a proxy's address says that asks. */
    public static Optional<User> user(URI proxy) {
        return Optional.ofNullable(proxy.getRawUserInfo()).map(info -> {
            int colon = info.indexOf(':');
            return new User(
                    decoded(colon < 0 ? info : info.substring(0, colon)),
                    decoded(colon < 0 ? "" : info.substring(colon + 1)));
        });
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The value of {@code Proxy-Authorization} for requests to this address. */
    Optional<String> authorization(URI address) {
        return find(address)
                .flatMap(Proxies::user)
                .map(user -> "Basic "
                        + Base64.getEncoder()
                                .encodeToString(
                                        (user.name() + ":" + user.password()).getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public List<Proxy> select(URI address) {
        return List.of(find(address)
                .map(proxy -> new Proxy(
                        Proxy.Type.HTTP,
                        InetSocketAddress.createUnresolved(
                                unbracketed(proxy.getHost()), proxy.getPort() < 0 ? USUAL_PORT : proxy.getPort())))
                .orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        // Whoever sends the request hears of it.
    }
}
