package io.metalimages.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.metalimages.common.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * A registry of our own, in memory, after the OCI distribution specification 1.1: for what Debian's docker-registry does not
 * have (an API for referrers, lists in pages, chunks with a range), and for faults, which a test puts before it.
 */
final class SmallRegistry implements AutoCloseable {

    private static final Pattern PATH = Pattern.compile("/v2/(.+?)/(blobs|manifests|tags|referrers)/(.*)");
    private static final int PAGE = 2;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final Map<String, byte[]> blobs = new LinkedHashMap<>();
    private final Map<String, byte[]> manifests = new LinkedHashMap<>();
    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, String> tags = new TreeMap<>();
    private final Map<String, byte[]> sessions = new LinkedHashMap<>();
    private final AtomicInteger sessionNumber = new AtomicInteger();
    private volatile Fault fault = exchange -> false;

    /** A request as it came. */
    record Asked(String method, URI address, Optional<String> authorization) {

        boolean is(String wantedMethod, String path) {
            return method.equals(wantedMethod) && address.getPath().contains(path);
        }
    }

    /** Comes before the registry. */
    @FunctionalInterface
    interface Fault {

        /** Whether it has answered. */
        boolean answers(HttpExchange exchange) throws IOException;
    }

    SmallRegistry() throws IOException {
        this(InetAddress.getLoopbackAddress());
    }

    SmallRegistry(InetAddress address) throws IOException {
        this(HttpServer.create(new InetSocketAddress(address, 0), 0));
    }

    /** One that speaks with encryption. */
    static SmallRegistry encrypted(SSLContext context) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return new SmallRegistry(server);
    }

    private SmallRegistry(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                asked.add(new Asked(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI(),
                        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))));
                if (!fault.answers(exchange)) {
                    answer(exchange);
                }
            }
        });
        server.start();
    }

    void before(Fault newFault) {
        fault = newFault;
    }

    String name() {
        return server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    List<Asked> asked() {
        return asked;
    }

    List<Asked> asked(String method, String path) {
        return asked.stream().filter(request -> request.is(method, path)).toList();
    }

    synchronized void putManifest(String tag, String type, byte[] bytes) {
        String digest = "sha256:" + Digest.of(bytes).hex();
        manifests.put(digest, bytes);
        types.put(digest, type);
        tags.put(tag, digest);
    }

    synchronized void putBlob(byte[] bytes) {
        blobs.put("sha256:" + Digest.of(bytes).hex(), bytes);
    }

    synchronized Optional<byte[]> blob(Digest digest) {
        return Optional.ofNullable(blobs.get("sha256:" + digest.hex())).map(byte[]::clone);
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
        if (!path.matches()) {
            send(exchange, 404, "text/plain", "no such path");
            return;
        }
        String name = path.group(3);
        switch (path.group(2)) {
            case "blobs" -> {
                if (name.startsWith("uploads/")) {
                    upload(exchange, path.group(1), name.substring("uploads/".length()));
                } else {
                    give(exchange, Optional.ofNullable(blobs.get(name)), MediaTypes.ANY_BYTES, name);
                }
            }
            case "manifests" -> manifest(exchange, path.group(1), name);
            case "tags" -> list(exchange, path.group(1));
            case "referrers" -> referrers(exchange, name);
            default -> throw new IllegalStateException(path.group(2));
        }
    }

    private void upload(HttpExchange exchange, String repository, String session) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Map<String, String> query = query(exchange);
        String location = "/v2/" + repository + "/blobs/uploads/" + session + "?state=1";
        switch (exchange.getRequestMethod()) {
            case "POST" -> {
                String begun = "s" + sessionNumber.incrementAndGet();
                sessions.put(begun, new byte[0]);
                exchange.getResponseHeaders()
                        .set("Location", "/v2/" + repository + "/blobs/uploads/" + begun + "?state=1");
                send(exchange, 202, "text/plain", "");
            }
            case "PATCH" -> {
                byte[] before = sessions.get(session);
                String range = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Range"));
                if (before == null) {
                    send(exchange, 404, "application/json", error("BLOB_UPLOAD_UNKNOWN"));
                } else if (!range.equals(before.length + "-" + (before.length + body.length - 1))) {
                    send(exchange, 416, "application/json", error("BLOB_UPLOAD_INVALID"));
                } else {
                    sessions.put(session, joined(before, body));
                    exchange.getResponseHeaders().set("Location", location);
                    exchange.getResponseHeaders().set("Range", "0-" + (before.length + body.length - 1));
                    send(exchange, 202, "text/plain", "");
                }
            }
            case "GET" -> {
                byte[] before = sessions.get(session);
                if (before == null) {
                    send(exchange, 404, "application/json", error("BLOB_UPLOAD_UNKNOWN"));
                } else {
                    exchange.getResponseHeaders().set("Location", location);
                    exchange.getResponseHeaders().set("Range", "0-" + Math.max(0, before.length - 1));
                    exchange.sendResponseHeaders(204, -1);
                }
            }
            case "PUT" -> {
                byte[] whole = joined(sessions.getOrDefault(session, new byte[0]), body);
                String digest = "sha256:" + Digest.of(whole).hex();
                if (!digest.equals(query.get("digest"))) {
                    send(exchange, 400, "application/json", error("DIGEST_INVALID"));
                } else {
                    sessions.remove(session);
                    blobs.put(digest, whole);
                    exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
                    send(exchange, 201, "text/plain", "");
                }
            }
            default -> send(exchange, 405, "text/plain", "");
        }
    }

    /** The session has the beginning of a chunk, as after a connection that broke. */
    synchronized void receive(String session, byte[] bytes) {
        sessions.put(session, joined(sessions.getOrDefault(session, new byte[0]), bytes));
    }

    private void manifest(HttpExchange exchange, String repository, String name) throws IOException {
        if (exchange.getRequestMethod().equals("PUT")) {
            byte[] bytes = exchange.getRequestBody().readAllBytes();
            String type = exchange.getRequestHeaders().getFirst("Content-Type");
            String digest = "sha256:" + Digest.of(bytes).hex();
            manifests.put(digest, bytes);
            types.put(digest, type);
            if (!name.startsWith("sha256:")) {
                tags.put(name, digest);
            }
            Manifest.received(type, bytes, "what was put")
                    .subject()
                    .ifPresent(subject ->
                            exchange.getResponseHeaders().set("OCI-Subject", Descriptor.written(subject.digest())));
            exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
            exchange.getResponseHeaders().set("Location", "/v2/" + repository + "/manifests/" + digest);
            send(exchange, 201, "text/plain", "");
            return;
        }
        String digest = tags.getOrDefault(name, name);
        give(exchange, Optional.ofNullable(manifests.get(digest)), types.getOrDefault(digest, ""), digest);
    }

    private void list(HttpExchange exchange, String repository) throws IOException {
        String last = query(exchange).getOrDefault("last", "");
        List<String> left =
                tags.keySet().stream().filter(tag -> tag.compareTo(last) > 0).toList();
        List<String> page = left.subList(0, Math.min(PAGE, left.size()));
        if (left.size() > PAGE) {
            exchange.getResponseHeaders()
                    .set("Link", "</v2/%s/tags/list?last=%s>; rel=\"next\"".formatted(repository, page.getLast()));
        }
        send(exchange, 200, "application/json", text(Map.of("name", repository, "tags", page)));
    }

    private void referrers(HttpExchange exchange, String subject) throws IOException {
        int from = Integer.parseInt(query(exchange).getOrDefault("from", "0"));
        List<Descriptor> all = new ArrayList<>();
        manifests.forEach((digest, bytes) -> {
            Manifest manifest = Manifest.received(types.getOrDefault(digest, ""), bytes, "what was put");
            if (manifest.subject()
                    .filter(described -> Descriptor.written(described.digest()).equals(subject))
                    .isPresent()) {
                all.add(manifest.asReferrer());
            }
        });
        List<Descriptor> page = all.subList(from, Math.min(all.size(), from + PAGE));
        if (from + PAGE < all.size()) {
            exchange.getResponseHeaders().set("Link", "<?from=%d>; rel=\"next\"".formatted(from + PAGE));
        }
        send(
                exchange,
                200,
                MediaTypes.IMAGE_INDEX,
                new String(Manifest.index(page).bytes(), StandardCharsets.UTF_8));
    }

    private static void give(HttpExchange exchange, Optional<byte[]> content, String type, String digest)
            throws IOException {
        if (content.isEmpty()) {
            send(exchange, 404, "application/json", error("NOT_THERE"));
            return;
        }
        byte[] bytes = content.get();
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
            exchange.sendResponseHeaders(200, -1);
        } else {
            exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    static String error(String code) {
        return text(Map.of("errors", List.of(Map.of("code", code, "message", "said the registry"))));
    }

    private static String text(Map<String, Object> members) {
        return new String(JsonDocument.write(members), StandardCharsets.UTF_8);
    }

    static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean silent = bytes.length == 0 || exchange.getRequestMethod().equals("HEAD");
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(status, silent ? -1 : bytes.length);
        if (!silent) {
            exchange.getResponseBody().write(bytes);
        }
    }

    static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new LinkedHashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        if (raw != null) {
            for (String part : raw.split("&")) {
                String[] pair = part.split("=", 2);
                query.merge(
                        pair[0],
                        URLDecoder.decode(pair.length > 1 ? pair[1] : "", StandardCharsets.UTF_8),
                        (one, other) -> one + " " + other);
            }
        }
        return query;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** A fault that happens the first {@code times} times that {@code method} comes to a path with {@code path} in it. */
    static Fault first(int times, String method, String path, Fault fault) {
        AtomicInteger left = new AtomicInteger(times);
        return exchange -> exchange.getRequestMethod().equals(method)
                && exchange.getRequestURI().getPath().contains(path)
                && left.getAndDecrement() > 0
                && fault.answers(exchange);
    }

    /** Ends the connection without an answer. */
    static boolean hangUp(HttpExchange exchange) {
        exchange.close();
        return true;
    }

    static Fault status(int status, String header, String value) {
        return exchange -> {
            exchange.getResponseHeaders().set(header, value);
            send(exchange, status, "application/json", error("STATUS_" + status));
            return true;
        };
    }

    static byte[] read(HttpExchange exchange) {
        try {
            return exchange.getRequestBody().readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
