package io.metalimages.metalapi;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What machines fetch images from. */
final class PublicStore implements AutoCloseable {

    private final HttpServer server;
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Map<String, String> redirects = new ConcurrentHashMap<>();
    private final AtomicInteger failures = new AtomicInteger();

    PublicStore() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                Optional<byte[]> file = Optional.ofNullable(files.get(path));
                boolean isHead = exchange.getRequestMethod().equals("HEAD");
                if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    exchange.sendResponseHeaders(503, -1);
                } else if (redirects.containsKey(path)) {
                    exchange.getResponseHeaders().set("Location", redirects.get(path));
                    exchange.sendResponseHeaders(302, -1);
                } else if (file.isEmpty()) {
                    exchange.sendResponseHeaders(404, -1);
                } else if (isHead) {
                    exchange.getResponseHeaders().set("Content-Length", String.valueOf(file.get().length));
                    exchange.sendResponseHeaders(200, -1);
                } else {
                    exchange.sendResponseHeaders(200, file.get().length);
                    exchange.getResponseBody().write(file.get());
                }
            }
        });
        server.start();
    }

    URI put(String path, String content) {
        files.put(path, content.getBytes(StandardCharsets.UTF_8));
        return address(path);
    }

    URI address(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    void redirect(String path, String target) {
        redirects.put(path, target);
    }

    void failNext(int times) {
        failures.set(times);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
