package io.metalimages.metalapi;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A metal-api of our own, in memory: the paths of images, with the checks, status codes and error bodies that the source
 * of metal-api's version 1 interface shows. It comes as a part of the tests' process, or as a process of its own.
 *
 * <p>Who knows a user's HMAC key signs requests with {@code Metal-Admin} or {@code Metal-View}; a token is an
 * administrator's. Beside the interface, {@code PUT /machine/MACHINE/IMAGE} says which image a
 * machine has, and {@code DELETE /everything} forgets all.
 */
final class MetalApiServer implements AutoCloseable {

    /** A key that metal-api shares with its administrator. */
    static final String ADMIN_KEY = "the-key-of-the-administrator";

    /** A key of somebody who may only look. */
    static final String VIEW_KEY = "the-key-of-the-viewer";

    /** A token of the administrator. */
    static final String TOKEN = "eyJhbGciOiJub25lIn0.the-token-of-the-administrator.x";

    private static final Duration LIFETIME = Duration.ofSeconds(30);
    private static final Duration DEFAULT_EXPIRATION = Duration.ofDays(90);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
    private final String base;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Map<String, Object>> images = new TreeMap<>();
    private final Map<String, String> machines = new TreeMap<>();
    private final AtomicReference<String> losing = new AtomicReference<>("");
    private volatile Fault fault = exchange -> false;

    /** A request as it came. */
    record Asked(String method, URI address, Optional<String> authorization) {}

    /** Comes before the server. */
    @FunctionalInterface
    interface Fault {

        /** Whether it has answered, or the exchange has ended. */
        boolean answers(HttpExchange exchange) throws IOException;
    }

    /** Ends a request. */
    private static final class Refusal extends Exception {

        private static final long serialVersionUID = 1L;

        private final int status;

        Refusal(int status, String message) {
            super(message);
            this.status = status;
        }

        Map<String, Object> body() {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("statuscode", status);
            members.put("message", String.valueOf(getMessage()));
            return members;
        }
    }

    private enum User {
        VIEWER,
        ADMIN
    }

    /** @param base what comes before {@code /v1}: empty, or a path that starts with a slash and ends without */
    MetalApiServer(String base) throws IOException {
        this.base = base;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
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

    /** Serves until standard input ends; the first line of the output is the address. */
    static void main(String[] arguments) throws IOException {
        try (MetalApiServer server = new MetalApiServer(arguments.length == 0 ? "" : arguments[0])) {
            System.out.println(server.address());
            while (System.in.read() >= 0) {
                // Whatever is said.
            }
        }
    }

    void before(Fault newFault) {
        fault = newFault;
    }

    /** Does what the next request of that method asks for, and breaks the connection instead of answering. */
    void loseNextAnswerTo(String method) {
        losing.set(method);
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + base;
    }

    List<Asked> asked() {
        return asked;
    }

    synchronized void allocate(String machine, String image) {
        machines.put(machine, image);
    }

    private synchronized void forget() {
        images.clear();
        machines.clear();
    }

    /** An image that came there by other rules than today's. */
    synchronized void put(String id, String members) {
        Map<String, Object> image = new LinkedHashMap<>();
        image.put("id", id);
        JsonMapper.shared()
                .readTree(members)
                .properties()
                .forEach(member -> image.put(member.getKey(), member.getValue()));
        images.put(id, image);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try {
            route(exchange);
        } catch (Refusal refusal) {
            sendJson(exchange, refusal.status, refusal.body());
        }
    }

    private void route(HttpExchange exchange) throws IOException, Refusal {
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith("/machine/")) {
            String[] names = path.substring("/machine/".length()).split("/", 2);
            allocate(names[0], names[1]);
            sendText(exchange, 200, "");
            return;
        }
        if (path.equals("/everything")) {
            forget();
            sendText(exchange, 200, "");
            return;
        }
        Optional<User> user = authenticate(exchange);
        if (user.isEmpty()) {
            // A stranger belongs to no tenant; the body is a mere string.
            sendJson(exchange, 403, "tenant  not allowed");
            return;
        }
        String root = base + "/v1/image";
        if (!path.equals(root) && !path.startsWith(root + "/")) {
            sendText(exchange, 404, "404: Page Not Found");
            return;
        }
        String accepted = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Accept"))
                .orElse("*/*");
        if (!accepted.contains("application/json") && !accepted.contains("*/*")) {
            sendText(exchange, 406, "406: Not Acceptable");
            return;
        }
        String id = path.substring(root.length()).replaceFirst("^/", "");
        switch (exchange.getRequestMethod() + (id.isEmpty() ? "" : " id")) {
            case "GET" -> list(exchange);
            case "GET id" -> {
                if (id.endsWith("/latest")) {
                    latest(exchange, id.substring(0, id.length() - "/latest".length()));
                } else {
                    sendJson(exchange, 200, stored(id));
                }
            }
            case "PUT" -> create(exchange, user.get());
            case "POST" -> update(exchange, user.get());
            default -> sendText(exchange, 405, "405: Method Not Allowed");
        }
    }

    private static Optional<User> authenticate(HttpExchange exchange) throws Refusal {
        String authorization = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))
                .orElse("");
        if (authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            if (!authorization.substring(7).equals(TOKEN)) {
                throw new Refusal(403, "error parsing token: compact JWS format must have three parts");
            }
            return Optional.of(User.ADMIN);
        }
        String[] words = authorization.split(" ");
        Map<String, String> keys = Map.of("Metal-Admin", ADMIN_KEY, "Metal-View", VIEW_KEY);
        if (words.length != 2 || !keys.containsKey(words[0])) {
            return Optional.empty();
        }
        String date = Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Date"))
                .orElse("");
        String salt = Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Data-Salt"))
                .orElse("");
        Instant signed;
        try {
            signed = Instant.parse(date);
        } catch (DateTimeException e) {
            throw new Refusal(403, "unknown timestamp \"" + date + "\" in \"X-Date\" header, use RFC3339");
        }
        if (Duration.between(signed, Instant.now()).compareTo(LIFETIME) > 0) {
            throw new Refusal(403, "the timestamp in your header is too old: \"" + date + "\"");
        }
        if (!words[1].equals(signature(keys.get(words[0]), date + exchange.getRequestMethod() + salt))) {
            throw new Refusal(403, "Wrong HMAC found");
        }
        return Optional.of(words[0].equals("Metal-Admin") ? User.ADMIN : User.VIEWER);
    }

    private static String signature(String key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized void list(HttpExchange exchange) throws IOException, Refusal {
        boolean usage =
                switch (Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("")) {
                    case "", "show-usage=", "show-usage=false", "show-usage=0" -> false;
                    case "show-usage=true", "show-usage=1" -> true;
                    default -> throw new Refusal(400, "strconv.ParseBool: parsing: invalid syntax");
                };
        List<Map<String, Object>> list = new ArrayList<>();
        images.forEach((id, image) -> {
            Map<String, Object> shown = new LinkedHashMap<>(image);
            List<String> users = machines.entrySet().stream()
                    .filter(machine -> machine.getValue().equals(id))
                    .map(Map.Entry::getKey)
                    .toList();
            if (usage && !users.isEmpty()) {
                shown.put("usedby", users);
            }
            list.add(shown);
        });
        sendJson(exchange, 200, list);
    }

    private synchronized Map<String, Object> stored(String id) throws Refusal {
        Map<String, Object> image = images.get(id);
        if (image == null) {
            throw new Refusal(404, "no image with id \"" + id + "\" found");
        }
        return image;
    }

    private synchronized void latest(HttpExchange exchange, String id) throws IOException, Refusal {
        Optional<String> found = ImageId.find(id).flatMap(asked -> asked.mostRecent(images.keySet(), ImageId::find));
        if (found.isEmpty()) {
            throw new Refusal(404, "no image for id:" + id + " found");
        }
        sendJson(exchange, 200, stored(found.get()));
    }

    private void create(HttpExchange exchange, User user) throws IOException, Refusal {
        JsonNode payload = payload(exchange, user);
        String id = text(payload, "id").orElse("");
        String url = text(payload, "url").orElse("");
        if (id.isEmpty()) {
            throw new Refusal(400, "id should not be empty");
        }
        if (url.isEmpty()) {
            throw new Refusal(400, "url should not be empty");
        }
        Collection<String> features = features(payload);
        if (ImageId.find(id).isEmpty()) {
            throw new Refusal(
                    400,
                    id.contains("-")
                            ? "invalid semantic version"
                            : "invalid format for os image, expected" + " <os>-<major>.<minor>[.<patch>]: " + id);
        }
        Instant expires = time(payload).orElse(Instant.now().plus(DEFAULT_EXPIRATION));
        String classification = classification(payload).orElse("preview");
        requireAccessible(id, url);
        Map<String, Object> image = new LinkedHashMap<>();
        image.put("id", id);
        image.put("name", text(payload, "name").orElse(""));
        image.put("description", text(payload, "description").orElse(""));
        image.put("url", url);
        image.put("features", features);
        image.put("expirationDate", expires.toString());
        image.put("classification", classification);
        image.put("usedby", null);
        image.put("created", Instant.now().toString());
        image.put("changed", Instant.now().toString());
        synchronized (this) {
            if (images.putIfAbsent(id, image) != null) {
                throw new Refusal(409, "cannot create image in database, entity already exists: " + id);
            }
        }
        sendJson(exchange, 201, image);
    }

    private void update(HttpExchange exchange, User user) throws IOException, Refusal {
        JsonNode payload = payload(exchange, user);
        String id = text(payload, "id").orElse("");
        Map<String, Object> old = stored(id);
        Map<String, Object> image = new LinkedHashMap<>(old);
        text(payload, "name").ifPresent(name -> image.put("name", name));
        text(payload, "description").ifPresent(description -> image.put("description", description));
        Optional<String> url = text(payload, "url");
        if (url.isPresent()) {
            requireAccessible(id, url.get());
            image.put("url", url.get());
        }
        Collection<String> features = features(payload);
        if (!features.isEmpty()) {
            image.put("features", features);
        }
        classification(payload).ifPresent(classification -> image.put("classification", classification));
        time(payload).ifPresent(time -> image.put("expirationDate", time.toString()));
        image.put("changed", Instant.now().toString());
        synchronized (this) {
            if (!images.replace(id, old, image)) {
                throw new Refusal(
                        409, "cannot update image (" + id + "): the entity was changed from another, please retry");
            }
        }
        sendJson(exchange, 200, image);
    }

    private static JsonNode payload(HttpExchange exchange, User user) throws IOException, Refusal {
        if (user != User.ADMIN) {
            throw new Refusal(403, "you are not member in one of [maas-all-all-admin]");
        }
        String type = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Content-Type"))
                .orElse("");
        if (!type.startsWith("application/json")) {
            throw new Refusal(415, "415: Unsupported Media Type");
        }
        try {
            JsonNode payload =
                    JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
            if (!payload.isObject()) {
                throw new Refusal(400, "json: cannot unmarshal");
            }
            return payload;
        } catch (JacksonException e) {
            throw new Refusal(400, "invalid character");
        }
    }

    private static Optional<String> text(JsonNode payload, String member) throws Refusal {
        JsonNode value = payload.path(member);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isString()) {
            throw new Refusal(400, "json: cannot unmarshal into Go struct field " + member + " of type string");
        }
        return Optional.of(value.asString());
    }

    private static Optional<Instant> time(JsonNode payload) throws Refusal {
        Optional<String> text = text(payload, "expirationDate");
        try {
            // Go's zero time counts as none.
            return text.map(Instant::parse).filter(time -> time.isAfter(Instant.parse("0001-01-01T00:00:00Z")));
        } catch (DateTimeException e) {
            throw new Refusal(400, "parsing time");
        }
    }

    private static Optional<String> classification(JsonNode payload) throws Refusal {
        Optional<String> text = text(payload, "classification");
        if (text.isPresent() && !List.of("preview", "supported", "deprecated").contains(text.get())) {
            throw new Refusal(400, "given versionclassification is not valid:" + text.get());
        }
        return text;
    }

    private static Collection<String> features(JsonNode payload) throws Refusal {
        List<String> features = new ArrayList<>();
        for (JsonNode feature : payload.path("features")) {
            if (!List.of("machine", "firewall").contains(feature.asString())) {
                throw new Refusal(400, "unknown ImageFeatureType:" + feature.asString());
            }
            features.add(feature.asString());
        }
        return features.stream().distinct().toList();
    }

    private void requireAccessible(String id, String url) throws Refusal {
        String message = "image:" + id + " is not accessible under:" + url;
        HttpResponse<Void> head;
        try {
            head = client.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .method("HEAD", BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.discarding());
        } catch (IOException | IllegalArgumentException e) {
            throw new Refusal(400, message + " error:" + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(500, "interrupted");
        }
        if (head.statusCode() >= 400) {
            throw new Refusal(400, message + " status:" + head.statusCode());
        }
    }

    private void sendJson(HttpExchange exchange, int status, Object body) throws IOException {
        String method = exchange.getRequestMethod();
        if (losing.getAndUpdate(waiting -> waiting.equals(method) ? "" : waiting)
                .equals(method)) {
            throw new IOException("The answer was to be lost.");
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        send(exchange, status, JsonMapper.shared().writeValueAsBytes(body));
    }

    static void sendText(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        send(exchange, status, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        client.close();
    }
}
