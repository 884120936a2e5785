package io.metalimages.store.object.gcs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server of our own that speaks the part of Google Cloud Storage's JSON API that {@link GoogleStore} uses, and of Google's
 * token service. It is no server of Google's, and passing against it proves no more than that both were written after the
 * same documents: "Objects" of the JSON API's reference, "Resumable uploads", "Request preconditions", "Data validation".
 * Where these allow a server several things it does the inconvenient one: it takes less of a part than was sent, and
 * copies four mebibytes at a time. What these do not allow it refuses.
 *
 * <p>Bucket {@code images} is for who has a token, {@code public} for everybody, {@code forbidden} for nobody.
 */
final class GoogleServerProcess {

    static final String EMAIL = "publisher@tests.iam.gserviceaccount.com";
    static final String CLIENT = "client-of-the-tests";
    static final String CLIENT_SECRET = "client-secret-of-the-tests";
    static final String REFRESH_TOKEN = "1//refresh-token-of-the-tests";
    static final String TOKEN_START = "ya29.token-of-the-tests-";

    private static final int UNIT = 256 << 10;
    private static final int MOST_TAKEN = 16 * UNIT;
    private static final int MOST_COPIED = 4 << 20;
    private static final int LARGEST_PAGE = 1000;
    private static final Set<String> BUCKETS = Set.of("images", "public", "forbidden");
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (?:\\*|([0-9]+)-([0-9]+))/(\\*|[0-9]+)");
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");

    private final PublicKey key;
    private final Map<String, NavigableMap<String, Stored>> buckets = new HashMap<>();
    private final Map<String, Upload> uploads = new HashMap<>();
    private final Map<String, Rewrite> rewrites = new HashMap<>();
    private final Set<String> tokens = new HashSet<>();
    private long lastGeneration = System.currentTimeMillis() * 1000;

    private GoogleServerProcess(PublicKey key) {
        this.key = key;
        // Google orders names by the bytes of their UTF-8 form.
        BUCKETS.forEach(bucket -> buckets.put(
                bucket,
                new TreeMap<>((one, other) -> Arrays.compareUnsigned(
                        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8)))));
    }

    /** Takes the file of the service account's public key; prints the port. */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        byte[] encoded = Files.readAllBytes(Path.of(arguments[0]));
        GoogleServerProcess store =
                new GoogleServerProcess(KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(encoded)));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", store::handle);
        server.start();
        System.out.println("listening on 127.0.0.1:" + server.getAddress().getPort());
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stored(
            String bucket, String name, byte[] content, long generation, Instant created, ObjectNode metadata) {

        ObjectNode json() {
            ObjectNode json = JsonMapper.shared()
                    .createObjectNode()
                    .put("kind", "storage#object")
                    .put("id", bucket + "/" + name + "/" + generation)
                    .put("bucket", bucket)
                    .put("name", name)
                    .put("generation", Long.toString(generation))
                    .put("metageneration", "1")
                    .put("contentType", metadata.path("contentType").asString("application/octet-stream"))
                    .put("storageClass", "STANDARD")
                    .put("size", Long.toString(content.length))
                    .put("md5Hash", md5(content))
                    .put("crc32c", crc32c(content))
                    .put("etag", "C" + generation)
                    .put("timeCreated", created.toString())
                    .put("updated", created.toString());
            for (String member : List.of("cacheControl", "metadata")) {
                if (metadata.has(member)) {
                    json.set(member, metadata.get(member));
                }
            }
            return json;
        }
    }

    private static final class Upload {
        private final String bucket;
        private final ObjectNode metadata;
        private final Map<String, String> condition;
        private final Optional<String> length;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private Optional<Stored> finished = Optional.empty();

        Upload(String bucket, ObjectNode metadata, Map<String, String> condition, Optional<String> length) {
            this.bucket = bucket;
            this.metadata = metadata;
            this.condition = condition;
            this.length = length;
        }
    }

    private NavigableMap<String, Stored> objects(String bucket) {
        return Objects.requireNonNull(buckets.get(bucket));
    }

    private record Rewrite(Stored source, String target, long copied) {}

    /** An answer other than success. */
    private static final class Problem extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final String reason;
        private final String text;

        Problem(int status, String reason, String text) {
            super(text);
            this.text = text;
            this.status = status;
            this.reason = reason;
        }
    }

    private static Problem invalid(String message) {
        return new Problem(400, "invalid", message);
    }

    private static String md5(byte[] content) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(content));
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String crc32c(byte[] content) {
        CRC32C checksum = new CRC32C();
        checksum.update(content);
        byte[] bytes = new byte[4];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (checksum.getValue() >> (24 - 8 * i));
        }
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** A request, with its path and its options decoded. */
    private record Call(HttpExchange exchange, List<String> path, Map<String, String> options) {

        static Call of(HttpExchange exchange) throws Problem {
            List<String> path = Arrays.stream(
                            exchange.getRequestURI().getRawPath().substring(1).split("/", -1))
                    .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList();
            Map<String, String> options = new LinkedHashMap<>();
            String query =
                    Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
            for (String option : query.isEmpty() ? new String[0] : query.split("&")) {
                String[] parts = option.split("=", 2);
                if (parts.length != 2) {
                    throw invalid("Not an option: " + option);
                }
                options.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
            return new Call(exchange, path, options);
        }

        String method() {
            return exchange.getRequestMethod();
        }

        Optional<String> header(String name) {
            return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
        }

        void allow(String... names) throws Problem {
            for (String name : options.keySet()) {
                if (!List.of(names).contains(name)) {
                    throw new Problem(400, "invalidParameter", "Unknown parameter: " + name);
                }
            }
        }

        boolean matches(String... pattern) {
            if (path.size() != pattern.length) {
                return false;
            }
            for (int i = 0; i < pattern.length; i++) {
                if (!pattern[i].equals("*") && !pattern[i].equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }

        byte[] body() throws IOException {
            return exchange.getRequestBody().readAllBytes();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean media = false;
            try {
                Call call = Call.of(exchange);
                media = "media".equals(call.options().get("alt"));
                route(call);
            } catch (Problem problem) {
                exchange.getRequestBody().skip(Long.MAX_VALUE);
                if (media) {
                    byte[] text = problem.text.getBytes(StandardCharsets.UTF_8);
                    answer(exchange, problem.status, "text/html; charset=UTF-8", text);
                } else {
                    answer(exchange, problem.status, error(problem));
                }
            }
        }
    }

    private static ObjectNode error(Problem problem) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        ObjectNode error = json.putObject("error").put("code", problem.status).put("message", problem.text);
        error.putArray("errors")
                .addObject()
                .put("message", problem.text)
                .put("domain", "global")
                .put("reason", problem.reason);
        return json;
    }

    private static void answer(HttpExchange exchange, int status, JsonNode json) throws IOException {
        answer(
                exchange,
                status,
                "application/json; charset=UTF-8",
                JsonMapper.shared().writeValueAsBytes(json));
    }

    private static void answer(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private void route(Call call) throws IOException, Problem {
        if (call.matches("token") && call.method().equals("POST")) {
            exchangeForToken(call);
        } else if (call.matches("computeMetadata", "v1", "instance", "service-accounts", "default", "token")) {
            if (!call.header("Metadata-Flavor").equals(Optional.of("Google"))) {
                throw new Problem(403, "forbidden", "Missing Metadata-Flavor:Google header.");
            }
            answerToken(call);
        } else if (call.matches("revoke")) {
            synchronized (this) {
                tokens.clear();
            }
            call.exchange().sendResponseHeaders(204, -1);
        } else if (call.matches("upload", "storage", "v1", "b", "*", "o")) {
            routeUpload(call, bucket(call, 4));
        } else if (call.matches("storage", "v1", "b", "*", "o")) {
            list(call, authorized(call, bucket(call, 3)));
        } else if (call.matches("storage", "v1", "b", "*", "o", "*")) {
            routeObject(call, authorized(call, bucket(call, 3)), call.path().get(5));
        } else if (call.matches("storage", "v1", "b", "*", "o", "*", "rewriteTo", "b", "*", "o", "*")) {
            authorized(call, bucket(call, 8));
            rewrite(call, authorized(call, bucket(call, 3)), call.path().get(5));
        } else {
            throw new Problem(404, "notFound", "Not Found");
        }
    }

    private static String bucket(Call call, int index) throws Problem {
        String bucket = call.path().get(index);
        if (!BUCKETS.contains(bucket)) {
            throw new Problem(404, "notFound", "The specified bucket does not exist.");
        }
        return bucket;
    }

    private String authorized(Call call, String bucket) throws Problem {
        Optional<String> authorization = call.header("Authorization");
        synchronized (this) {
            if (authorization.isPresent()
                    && !tokens.contains(authorization.get().replaceFirst("^Bearer ", ""))) {
                throw new Problem(401, "authError", "Invalid Credentials");
            }
        }
        if (authorization.isEmpty() && !bucket.equals("public")) {
            throw new Problem(
                    401,
                    "required",
                    "Anonymous caller does not have storage.objects.list access to the Google Cloud Storage bucket.");
        }
        if (bucket.equals("forbidden")) {
            throw new Problem(
                    403,
                    "forbidden",
                    EMAIL + " does not have storage.objects.list access to the Google Cloud Storage bucket.");
        }
        return bucket;
    }

    private void exchangeForToken(Call call) throws IOException {
        Map<String, String> form = new HashMap<>();
        for (String field : new String(call.body(), StandardCharsets.UTF_8).split("&")) {
            String[] parts = field.split("=", 2);
            form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        boolean granted = switch (form.getOrDefault("grant_type", "")) {
            case "refresh_token" ->
                CLIENT.equals(form.get("client_id"))
                        && CLIENT_SECRET.equals(form.get("client_secret"))
                        && REFRESH_TOKEN.equals(form.get("refresh_token"));
            case "urn:ietf:params:oauth:grant-type:jwt-bearer" -> isGenuine(call, form.getOrDefault("assertion", ""));
            default -> false;
        };
        if (granted) {
            answerToken(call);
            return;
        }
        // It sends back what it was sent, as a server should not, but one may.
        answer(
                call.exchange(),
                400,
                JsonMapper.shared()
                        .createObjectNode()
                        .put("error", "invalid_grant")
                        .put("error_description", "Not granted: " + form));
    }

    private boolean isGenuine(Call call, String assertion) {
        String[] parts = assertion.split("\\.");
        if (parts.length != 3) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(key);
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            JsonNode header =
                    JsonMapper.shared().readTree(Base64.getUrlDecoder().decode(parts[0]));
            JsonNode claims =
                    JsonMapper.shared().readTree(Base64.getUrlDecoder().decode(parts[1]));
            long now = Instant.now().getEpochSecond();
            return signature.verify(Base64.getUrlDecoder().decode(parts[2]))
                    && header.path("alg").asString("").equals("RS256")
                    && header.path("typ").asString("").equals("JWT")
                    && claims.path("iss").asString("").equals(EMAIL)
                    && claims.path("aud")
                            .asString("")
                            .equals("http://" + call.header("Host").orElse("") + "/token")
                    && claims.path("scope").asString("").equals("https://www.googleapis.com/auth/devstorage.read_write")
                    && claims.path("iat").asLong() <= now
                    && claims.path("exp").asLong() > now
                    && claims.path("exp").asLong() - claims.path("iat").asLong() <= 3600;
        } catch (GeneralSecurityException | IllegalArgumentException | JacksonException e) {
            return false;
        }
    }

    private void answerToken(Call call) throws IOException {
        String token = TOKEN_START + UUID.randomUUID();
        synchronized (this) {
            tokens.add(token);
        }
        answer(
                call.exchange(),
                200,
                JsonMapper.shared()
                        .createObjectNode()
                        .put("access_token", token)
                        .put("expires_in", 3599)
                        .put("token_type", "Bearer"));
    }

    private static Problem missing(String bucket, String name) {
        return new Problem(404, "notFound", "No such object: " + bucket + "/" + name);
    }

    private synchronized Stored require(String bucket, String name) throws Problem {
        return Optional.ofNullable(objects(bucket).get(name)).orElseThrow(() -> missing(bucket, name));
    }

    private void list(Call call, String bucket) throws IOException, Problem {
        call.allow("prefix", "delimiter", "pageToken", "maxResults");
        String prefix = call.options().getOrDefault("prefix", "");
        int most =
                Math.min(LARGEST_PAGE, Integer.parseInt(call.options().getOrDefault("maxResults", "" + LARGEST_PAGE)));
        String after = new String(
                Base64.getUrlDecoder().decode(call.options().getOrDefault("pageToken", "")), StandardCharsets.UTF_8);
        ObjectNode json = JsonMapper.shared().createObjectNode().put("kind", "storage#objects");
        synchronized (this) {
            if (call.options().containsKey("delimiter")) {
                answer(
                        call.exchange(),
                        200,
                        directories(bucket, prefix, call.options().get("delimiter"), after, most));
                return;
            }
            List<Stored> found =
                    objects(bucket).tailMap(after.isEmpty() ? prefix : after, after.isEmpty()).values().stream()
                            .filter(stored -> stored.name().startsWith(prefix))
                            .limit(most + 1L)
                            .toList();
            if (found.size() > most) {
                json.put(
                        "nextPageToken",
                        Base64.getUrlEncoder()
                                .encodeToString(found.get(most - 1).name().getBytes(StandardCharsets.UTF_8)));
            }
            if (!found.isEmpty()) {
                found.stream().limit(most).map(Stored::json).forEach(json.putArray("items")::add);
            }
        }
        answer(call.exchange(), 200, json);
    }

    /** Of names that have the delimiter behind the prefix only what is up to it, and each once. */
    private ObjectNode directories(String bucket, String prefix, String delimiter, String after, int most) {
        ObjectNode json = JsonMapper.shared().createObjectNode().put("kind", "storage#objects");
        Set<String> prefixes = new LinkedHashSet<>();
        List<Stored> items = new ArrayList<>();
        String last = after;
        for (Stored stored : objects(bucket).tailMap(prefix, true).values()) {
            if (!stored.name().startsWith(prefix)) {
                break;
            }
            int end = stored.name().indexOf(delimiter, prefix.length());
            String entry = end < 0 ? stored.name() : stored.name().substring(0, end + delimiter.length());
            if (entry.compareTo(after) <= 0 || prefixes.contains(entry)) {
                continue;
            }
            if (prefixes.size() + items.size() == most) {
                json.put("nextPageToken", Base64.getUrlEncoder().encodeToString(last.getBytes(StandardCharsets.UTF_8)));
                break;
            }
            last = entry;
            if (end < 0) {
                items.add(stored);
            } else {
                prefixes.add(entry);
            }
        }
        if (!prefixes.isEmpty()) {
            prefixes.forEach(json.putArray("prefixes")::add);
        }
        if (!items.isEmpty()) {
            items.stream().map(Stored::json).forEach(json.putArray("items")::add);
        }
        return json;
    }

    private void routeObject(Call call, String bucket, String name) throws IOException, Problem {
        call.allow("alt", "ifGenerationMatch");
        switch (call.method()) {
            case "GET" -> {
                Stored stored = require(bucket, name);
                requireMatch(call.options(), Optional.of(stored));
                if (call.options().getOrDefault("alt", "json").equals("media")) {
                    download(call, stored);
                } else {
                    answer(call.exchange(), 200, stored.json());
                }
            }
            case "DELETE" -> {
                synchronized (this) {
                    requireMatch(call.options(), Optional.of(require(bucket, name)));
                    objects(bucket).remove(name);
                }
                call.exchange().sendResponseHeaders(204, -1);
            }
            default -> throw new Problem(405, "methodNotAllowed", "Method not allowed");
        }
    }

    private static void requireMatch(Map<String, String> options, Optional<Stored> present) throws Problem {
        String wanted = options.get("ifGenerationMatch");
        if (wanted == null) {
            return;
        }
        long generation = present.map(Stored::generation).orElse(0L);
        if (!wanted.matches("[0-9]{1,19}")) {
            throw invalid("Invalid value for ifGenerationMatch");
        }
        if (generation != Long.parseLong(wanted)) {
            throw new Problem(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        }
    }

    private static void download(Call call, Stored stored) throws IOException, Problem {
        byte[] content = stored.content();
        int start = 0;
        int end = content.length;
        Optional<String> range = call.header("Range");
        if (range.isPresent()) {
            Matcher matcher = RANGE.matcher(range.get());
            if (!matcher.matches()) {
                throw invalid("Invalid range");
            }
            if (Long.parseLong(matcher.group(1)) >= content.length) {
                throw new Problem(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.");
            }
            start = Integer.parseInt(matcher.group(1));
            end = matcher.group(2).isEmpty() ? end : (int) Math.min(end, Long.parseLong(matcher.group(2)) + 1);
            call.exchange()
                    .getResponseHeaders()
                    .set("Content-Range", "bytes " + start + "-" + (end - 1) + "/" + content.length);
        }
        call.exchange().getResponseHeaders().set("X-Goog-Generation", Long.toString(stored.generation()));
        call.exchange().getResponseHeaders().set("X-Goog-Hash", "crc32c=" + crc32c(content) + ",md5=" + md5(content));
        call.exchange().getResponseHeaders().set("Content-Type", "application/octet-stream");
        call.exchange().sendResponseHeaders(range.isPresent() ? 206 : 200, end == start ? -1 : end - start);
        call.exchange().getResponseBody().write(content, start, end - start);
    }

    private synchronized Stored store(String bucket, ObjectNode metadata, byte[] content, Map<String, String> condition)
            throws Problem {
        String name = metadata.path("name").asString("");
        if (name.isEmpty()) {
            throw new Problem(400, "required", "Required");
        }
        requireMatch(condition, Optional.ofNullable(objects(bucket).get(name)));
        requireChecksum(metadata, "md5Hash", "MD5 hash", md5(content));
        requireChecksum(metadata, "crc32c", "CRC32C", crc32c(content));
        lastGeneration = Math.max(lastGeneration + 1, System.currentTimeMillis() * 1000);
        Stored stored = new Stored(bucket, name, content, lastGeneration, Instant.now(), metadata);
        objects(bucket).put(name, stored);
        return stored;
    }

    private static void requireChecksum(ObjectNode metadata, String member, String called, String calculated)
            throws Problem {
        String provided = metadata.path(member).asString(calculated);
        if (!provided.equals(calculated)) {
            throw invalid("Provided " + called + " \"" + provided + "\" doesn't match calculated " + called + " \""
                    + calculated + "\".");
        }
    }

    private void routeUpload(Call call, String bucket) throws IOException, Problem {
        if (call.options().containsKey("upload_id")) {
            call.allow("uploadType", "upload_id");
            continueUpload(call);
            return;
        }
        authorized(call, bucket);
        call.allow("uploadType", "name", "ifGenerationMatch");
        if (!call.method().equals("POST")) {
            throw new Problem(405, "methodNotAllowed", "Method not allowed");
        }
        switch (call.options().getOrDefault("uploadType", "")) {
            case "multipart" -> {
                Parts parts = Parts.of(call);
                ObjectNode metadata = metadata(parts.metadata(), call);
                answer(
                        call.exchange(),
                        200,
                        store(bucket, metadata, parts.content(), call.options()).json());
            }
            case "resumable" -> beginUpload(call, bucket);
            default -> throw invalid("Invalid uploadType");
        }
    }

    private static ObjectNode metadata(byte[] json, Call call) throws Problem {
        ObjectNode metadata;
        try {
            metadata = json.length == 0
                    ? JsonMapper.shared().createObjectNode()
                    : (ObjectNode) JsonMapper.shared().readTree(json);
        } catch (JacksonException | ClassCastException e) {
            throw new Problem(400, "parseError", "Parse Error");
        }
        if (call.options().containsKey("name")) {
            metadata.put("name", call.options().get("name"));
        }
        for (String member : metadata.propertyNames()) {
            if (!Set.of("name", "contentType", "cacheControl", "md5Hash", "crc32c", "metadata")
                    .contains(member)) {
                throw new Problem(400, "parseError", "Unknown member: " + member);
            }
        }
        return metadata;
    }

    /** What is in a body of the type multipart/related. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Parts(byte[] metadata, byte[] content) {

        static Parts of(Call call) throws IOException, Problem {
            byte[] body = call.body();
            Problem malformed = new Problem(400, "badContent", "Malformed multipart body.");
            String type = call.header("Content-Type").orElse("");
            if (!type.matches("multipart/related; boundary=[0-9A-Za-z'()+_,./:=?-]{1,70}")) {
                throw malformed;
            }
            String boundary = "--" + type.substring(type.indexOf("boundary=") + 9);
            String text = new String(body, StandardCharsets.ISO_8859_1);
            int first = text.indexOf(boundary + "\r\n");
            int second = text.indexOf("\r\n" + boundary + "\r\n", first + 1);
            int last = text.lastIndexOf("\r\n" + boundary + "--");
            if (first != 0 || second < 0 || last < second) {
                throw malformed;
            }
            return new Parts(
                    part(text, first, second, malformed).getBytes(StandardCharsets.ISO_8859_1),
                    part(text, second + 2, last, malformed).getBytes(StandardCharsets.ISO_8859_1));
        }

        private static String part(String text, int start, int end, Problem malformed) throws Problem {
            int content = text.indexOf("\r\n\r\n", start);
            if (content < 0 || content + 4 > end) {
                throw malformed;
            }
            return text.substring(content + 4, end);
        }
    }

    private void beginUpload(Call call, String bucket) throws IOException, Problem {
        ObjectNode metadata = metadata(call.body(), call);
        call.header("X-Upload-Content-Type").ifPresent(type -> metadata.put("contentType", type));
        String id = UUID.randomUUID().toString();
        synchronized (this) {
            requireMatch(
                    call.options(),
                    Optional.ofNullable(
                            objects(bucket).get(metadata.path("name").asString(""))));
            uploads.put(id, new Upload(bucket, metadata, call.options(), call.header("X-Upload-Content-Length")));
        }
        call.exchange()
                .getResponseHeaders()
                .set(
                        "Location",
                        "http://" + call.header("Host").orElse("") + "/upload/storage/v1/b/" + bucket
                                + "/o?uploadType=resumable&upload_id=" + id);
        answer(call.exchange(), 200, "text/plain", new byte[0]);
    }

    private void continueUpload(Call call) throws IOException, Problem {
        Upload upload;
        synchronized (this) {
            upload = Optional.ofNullable(uploads.get(call.options().get("upload_id")))
                    .orElseThrow(() -> new Problem(404, "notFound", "Not Found"));
            if (call.method().equals("DELETE")) {
                uploads.remove(call.options().get("upload_id"));
                throw new Problem(499, "clientClosedRequest", "Client Closed Request");
            }
        }
        Matcher range = CONTENT_RANGE.matcher(call.header("Content-Range").orElse(""));
        if (!call.method().equals("PUT") || !range.matches()) {
            throw invalid("Invalid request");
        }
        boolean isKnown = upload.length.isEmpty() || upload.length.get().equals(range.group(3));
        if (!range.group(3).equals("*") && !isKnown) {
            throw invalid("Invalid length");
        }
        synchronized (upload) {
            if (upload.finished.isEmpty() && range.group(1) != null) {
                take(call, upload, range);
            }
            if (upload.finished.isPresent()) {
                answer(call.exchange(), 200, upload.finished.get().json());
                return;
            }
            if (upload.content.size() > 0) {
                call.exchange().getResponseHeaders().set("Range", "bytes=0-" + (upload.content.size() - 1));
            }
            answer(call.exchange(), 308, "text/plain", new byte[0]);
        }
    }

    private void take(Call call, Upload upload, Matcher range) throws IOException, Problem {
        long start = Long.parseLong(range.group(1));
        long end = Long.parseLong(range.group(2)) + 1;
        boolean last = range.group(3).equals(Long.toString(end));
        int had = upload.content.size();
        if (start > had || end <= start) {
            throw invalid("Invalid range");
        }
        if (!last && (end - start) % UNIT != 0) {
            throw invalid("The length of a part must be a multiple of 256 KiB.");
        }
        byte[] sent = received(call.exchange().getRequestBody(), end - start);
        boolean whole = sent.length == end - start;
        int taken = (int) Math.min(sent.length, had - start + MOST_TAKEN);
        if (!whole || taken < sent.length) {
            taken -= (int) ((start + taken) % UNIT);
        }
        if (start + taken > had) {
            upload.content.write(sent, (int) (had - start), (int) (start + taken - had));
        }
        if (!whole) {
            throw new IOException("half a request");
        }
        if (last && upload.content.size() == end) {
            upload.finished =
                    Optional.of(store(upload.bucket, upload.metadata, upload.content.toByteArray(), upload.condition));
        }
    }

    /** What arrives before the connection ends. */
    private static byte[] received(InputStream input, long length) {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        try {
            while (received.size() < length) {
                int count = input.read(buffer, 0, (int) Math.min(buffer.length, length - received.size()));
                if (count < 0) {
                    break;
                }
                received.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // What came before counts.
        }
        return received.toByteArray();
    }

    private void rewrite(Call call, String bucket, String name) throws IOException, Problem {
        call.allow("rewriteToken");
        ObjectNode metadata = metadata(call.body(), call);
        String target = call.path().get(8) + "/" + call.path().get(10);
        ObjectNode json = JsonMapper.shared().createObjectNode().put("kind", "storage#rewriteResponse");
        synchronized (this) {
            Stored source = require(bucket, name);
            long copied = 0;
            if (call.options().containsKey("rewriteToken")) {
                Rewrite begun = rewrites.get(call.options().get("rewriteToken"));
                if (begun == null
                        || begun.source().generation() != source.generation()
                        || !begun.target().equals(target)) {
                    throw invalid("Invalid rewriteToken");
                }
                copied = begun.copied();
            }
            copied = Math.min(source.content().length, copied + MOST_COPIED);
            boolean done = copied == source.content().length;
            json.put("totalBytesRewritten", Long.toString(copied))
                    .put("objectSize", Long.toString(source.content().length))
                    .put("done", done);
            if (done) {
                ObjectNode replacing = metadata.isEmpty() ? source.metadata().deepCopy() : metadata;
                replacing.put("name", call.path().get(10));
                json.set(
                        "resource",
                        store(call.path().get(8), replacing, source.content(), Map.of())
                                .json());
            } else {
                String token = UUID.randomUUID().toString();
                rewrites.put(token, new Rewrite(source, target, copied));
                json.put("rewriteToken", token);
            }
        }
        answer(call.exchange(), 200, json);
    }
}
