package io.metalimages.store.object.gcs;

import io.metalimages.http.Request;
import io.metalimages.http.RequestBody;
import io.metalimages.http.Response;
import io.metalimages.http.WebClient;
import io.metalimages.store.object.BucketStore;
import io.metalimages.store.object.ByteRange;
import io.metalimages.store.object.Capabilities;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectInput;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectReader;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import io.metalimages.store.object.WebHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A store in a bucket of Google Cloud Storage, by its JSON API, version 1.
 *
 * <p>What is written is compared with its fingerprint before the last byte is sent, carries its MD5, for the server to
 * compare, and is compared with the checksums that the server says it has afterwards. A version is a generation.
 */
public final class GoogleStore extends BucketStore {

    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;

    private final GoogleConnection connection;
    private final String bucket;
    private final String prefix;
    private final int partBytes;
    private final GoogleUpload upload;
    private final Map<Copying, String> unfinishedCopies = new ConcurrentHashMap<>();

    /**
     * @param connection is closed with the store
     * @param prefix empty, or with a slash at its end
     * @param partBytes the size of the parts in which larger contents are sent, and the largest that is sent at once; a
     *     multiple of 256 KiB
     */
    GoogleStore(GoogleConnection connection, String bucket, String prefix, int partBytes) {
        this.connection = connection;
        this.bucket = bucket;
        this.prefix = prefix;
        this.partBytes = partBytes;
        this.upload = new GoogleUpload(connection, partBytes);
    }

    @Override
    public String address() {
        return connection.address();
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(true, false);
    }

    /** A segment of a path, or the value of an option. */
    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String path(ObjectKey key) {
        return path(prefix + key);
    }

    private String path(String name) {
        return "/storage/v1/b/" + encode(bucket) + "/o/" + encode(name);
    }

    /** What the server says of an object ("Objects", resource representations). */
    record Resource(JsonNode json) {

        /** @throws StoreException.Unavailable if this is no whole answer */
        static Resource parse(Response<byte[]> answer, String what, String address) throws StoreException {
            return new Resource(document(answer, what, address)).checked(what, address);
        }

        /** @throws StoreException.Unavailable if something is missing that is always there */
        Resource checked(String what, String address) throws StoreException {
            if (json.path("name").asString("").isEmpty()
                    || !json.path("generation").asString("").matches("[0-9]{1,19}")
                    || !json.path("size").asString("").matches("[0-9]{1,18}")
                    || !isTime(json.path("timeCreated").asString(""))) {
                throw halfAnAnswer(what, address);
            }
            return this;
        }

        private static boolean isTime(String text) {
            try {
                Instant.parse(text);
                return true;
            } catch (DateTimeException e) {
                return false;
            }
        }

        String name() {
            return json.path("name").asString();
        }

        long bytes() {
            return Long.parseLong(json.path("size").asString());
        }

        ObjectVersion version() {
            return new ObjectVersion(json.path("generation").asString());
        }

        ObjectSummary summary(ObjectKey key) {
            return new ObjectSummary(
                    key, bytes(), Instant.parse(json.path("timeCreated").asString()), version());
        }

        /** Whether this has the checksum that {@code name} has. An object that was composed of others has no MD5. */
        private Optional<Boolean> agrees(String name, String checksum) {
            return Optional.of(json.path(name).asString(""))
                    .filter(present -> !present.isEmpty())
                    .map(checksum::equals);
        }

        Optional<Boolean> hasMd5Of(Fingerprint fingerprint) {
            return agrees("md5Hash", md5(fingerprint));
        }

        Optional<Boolean> hasChecksum(CRC32C checksum) {
            return agrees("crc32c", crc32c(checksum));
        }
    }

    private static JsonNode document(Response<byte[]> answer, String what, String address) throws StoreException {
        try {
            return JsonMapper.shared().readTree(answer.body());
        } catch (JacksonException e) {
            throw halfAnAnswer(what, address);
        }
    }

    private static String md5(Fingerprint fingerprint) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(fingerprint.md5()));
    }

    /** Google has it in big-endian byte order. */
    private static String crc32c(CRC32C checksum) {
        int value = (int) checksum.getValue();
        return Base64.getEncoder()
                .encodeToString(
                        new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value});
    }

    @Override
    public Stream<ObjectSummary> list(String directory) throws StoreException {
        String start = prefix + (directory.isEmpty() ? "" : new ObjectKey(directory) + "/");
        String what = "list " + (directory.isEmpty() ? "the bucket" : directory);
        Page first = page(start, "", what);
        return Stream.iterate(Optional.of(first), Optional::isPresent, page -> page.flatMap(last -> next(last, what)))
                .flatMap(page -> page.orElseThrow().objects().stream());
    }

    /**
     * Some objects of a listing.
     *
     * @param next what asks for those that follow; empty after the last page
     */
    private record Page(String start, List<ObjectSummary> objects, String next) {}

    private Optional<Page> next(Page page, String what) {
        if (page.next().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(page(page.start(), page.next(), what));
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Page page(String start, String token, String what) throws StoreException {
        JsonNode json = listed(start, "", token, what);
        Stream.Builder<ObjectSummary> objects = Stream.builder();
        for (JsonNode item : json.path("items")) {
            Resource resource = new Resource(item).checked(what, address());
            ObjectKey.parse(resource.name()
                            .substring(Math.min(prefix.length(), resource.name().length())))
                    .map(resource::summary)
                    .ifPresent(objects);
        }
        return new Page(
                start, objects.build().toList(), json.path("nextPageToken").asString(""));
    }

    @Override
    public List<String> directories(String directory) throws StoreException {
        String start = prefix + new ObjectKey(directory) + "/";
        String what = "list " + directory;
        List<String> names = new ArrayList<>();
        String token = "";
        do {
            JsonNode json = listed(start, "&delimiter=%2F", token, what);
            for (JsonNode common : json.path("prefixes")) {
                String path = common.asString("");
                String name = path.startsWith(start) ? path.substring(start.length(), path.length() - 1) : "";
                if (ObjectKey.parse(name).isPresent()) {
                    names.add(name);
                }
            }
            token = json.path("nextPageToken").asString("");
        } while (!token.isEmpty());
        return names;
    }

    private JsonNode listed(String start, String options, String token, String what) throws StoreException {
        Response<byte[]> answer = connection.exchange(
                connection.request(
                        "GET",
                        "/storage/v1/b/" + encode(bucket) + "/o?prefix=" + encode(start) + options
                                + (token.isEmpty() ? "" : "&pageToken=" + encode(token))),
                what);
        if (!answer.succeeded()) {
            throw connection.failure(answer, what).exception();
        }
        return document(answer, what, address());
    }

    private Optional<Resource> resource(ObjectKey key) throws StoreException {
        String what = "look for " + key;
        Response<byte[]> answer = connection.exchange(connection.request("GET", path(key)), what);
        if (answer.succeeded()) {
            return Optional.of(Resource.parse(answer, what, address()));
        }
        GoogleFailure failure = connection.failure(answer, what);
        if (failure.isAbsence()) {
            return Optional.empty();
        }
        throw failure.exception();
    }

    @Override
    public Optional<ObjectSummary> find(ObjectKey key) throws StoreException {
        return resource(key).map(resource -> resource.summary(key));
    }

    @Override
    public Optional<String> sourceOf(ObjectKey key) throws StoreException {
        return resource(key)
                .map(resource -> resource.json().path("metadata").path(SOURCE).asString(""))
                .filter(source -> !source.isEmpty());
    }

    @Override
    public ObjectReader read(ObjectKey key, ByteRange range) throws StoreException {
        if (range.length() == 0) {
            return nothing(key);
        }
        String what = "read " + key;
        Request whole = connection.request("GET", path(key) + "?alt=media");
        Response<InputStream> response =
                connection.open(range.equals(ByteRange.ALL) ? whole : whole.with("Range", range.header()), what);
        boolean taken = false;
        try {
            if (response.status() != OK && response.status() != PARTIAL_CONTENT) {
                GoogleFailure failure =
                        new GoogleFailure(response.status(), response.body().readNBytes(partBytes), what, address());
                if (failure.isBehindTheEnd()) {
                    return nothing(key);
                }
                throw failure.isAbsence() ? new StoreException.NoSuchObject(key, address()) : failure.exception();
            }
            OptionalLong bytes = wholeSize(response);
            Optional<String> generation = response.header("x-goog-generation");
            boolean isWhole = response.status() == OK;
            if (bytes.isEmpty() || generation.isEmpty() || (isWhole && range.start() > 0)) {
                throw halfAnAnswer(what, address());
            }
            ObjectReader reader = new ObjectReader(
                    key,
                    bytes.getAsLong(),
                    new ObjectVersion(generation.get()),
                    new ObjectInput(response.body(), range.within(bytes.getAsLong()), key, address()));
            taken = true;
            return reader;
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw connection.unavailable(what, e);
        } finally {
            if (!taken) {
                WebClient.discard(response);
            }
        }
    }

    private static OptionalLong wholeSize(Response<?> response) {
        if (response.status() == OK) {
            return number(response.header("Content-Length").orElse(""));
        }
        String range = response.header("Content-Range").orElse("");
        return number(range.substring(range.lastIndexOf('/') + 1));
    }

    private static OptionalLong number(String size) {
        return size.matches("[0-9]{1,18}") ? OptionalLong.of(Long.parseLong(size)) : OptionalLong.empty();
    }

    @Override
    public boolean holds(ObjectKey key, Content content) throws StoreException {
        return holds(key, content.fingerprint());
    }

    @Override
    public boolean holds(ObjectKey key, Fingerprint fingerprint) throws StoreException {
        Optional<Resource> resource = resource(key);
        if (resource.isEmpty() || resource.get().bytes() != fingerprint.bytes()) {
            return false;
        }
        Optional<Boolean> attested = resource.get().hasMd5Of(fingerprint);
        return attested.isPresent() ? attested.get() : super.holds(key, fingerprint);
    }

    @Override
    public ObjectVersion writeIfAbsent(ObjectKey key, Content content) throws StoreException {
        return write(key, content, "0", new StoreException.ObjectExists(key, address()));
    }

    @Override
    public ObjectVersion replace(ObjectKey key, ObjectVersion expected, Content content) throws StoreException {
        return write(key, content, expected.value(), new StoreException.VersionChanged(key, address()));
    }

    /** @param generation which the object has to have; 0 if there must be none */
    private ObjectVersion write(ObjectKey key, Content content, String generation, StoreException unmet)
            throws StoreException {
        String what = "write " + key;
        String condition = "&ifGenerationMatch=" + encode(generation);
        GoogleUpload.Written written = content.bytes() > partBytes
                ? upload.send(key, content, uploadPath("resumable") + condition, metadata(key, content))
                : sendAtOnce(key, content, condition, what);
        if (!written.answer().succeeded()) {
            GoogleFailure failure = connection.failure(written.answer(), what);
            throw failure.isUnmetCondition() ? unmet : failure.exception();
        }
        Resource resource = Resource.parse(written.answer(), what, address());
        boolean isRight = resource.name().equals(prefix + key)
                && resource.bytes() == content.bytes()
                && resource.hasMd5Of(content.fingerprint()).orElse(true)
                && resource.hasChecksum(written.checksum()).orElse(true);
        if (!isRight) {
            delete(
                    path(resource.name()) + "?ifGenerationMatch="
                            + resource.version().value(),
                    what);
            throw arrivedDamaged(key, address());
        }
        return resource.version();
    }

    private String uploadPath(String type) {
        return "/upload/storage/v1/b/" + encode(bucket) + "/o?uploadType=" + type;
    }

    private static ObjectNode headers(ObjectKey key) {
        WebHeaders headers = WebHeaders.of(key);
        return JsonMapper.shared()
                .createObjectNode()
                .put("contentType", headers.contentType())
                .put("cacheControl", headers.cacheControl());
    }

    private byte[] metadata(ObjectKey key, Content content) {
        return JsonMapper.shared()
                .writeValueAsBytes(headers(key).put("name", prefix + key).put("md5Hash", md5(content.fingerprint())));
    }

    private GoogleUpload.Written sendAtOnce(ObjectKey key, Content content, String condition, String what)
            throws StoreException {
        byte[] bytes = checked(key, content, address());
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        String boundary = UUID.randomUUID().toString();
        ByteArrayOutputStream body = new ByteArrayOutputStream(bytes.length + 1000);
        body.writeBytes(("--" + boundary + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(metadata(key, content));
        body.writeBytes(
                ("\r\n--" + boundary + "\r\nContent-Type: " + WebHeaders.of(key).contentType() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(bytes);
        body.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        Request request = connection
                .request("POST", uploadPath("multipart") + condition)
                .with("Content-Type", "multipart/related; boundary=" + boundary)
                .sending(RequestBody.of(body.toByteArray()));
        return new GoogleUpload.Written(connection.exchange(request, what), checksum);
    }

    /** Where a copy is to be made. */
    private record Copying(ObjectKey source, ObjectKey target) {}

    /** A copy may need several requests; one that was interrupted is gone on with by the next attempt. */
    @Override
    public void copy(ObjectKey source, ObjectKey target) throws StoreException {
        String what = "copy " + source + " to " + target;
        ObjectNode metadata = headers(target);
        metadata.putObject("metadata").put(SOURCE, encoded(source));
        byte[] body = JsonMapper.shared().writeValueAsBytes(metadata);
        String path = path(source) + "/rewriteTo/b/" + encode(bucket) + "/o/" + encode(prefix + target);
        Copying copying = new Copying(source, target);
        boolean done = false;
        while (!done) {
            Optional<String> token = Optional.ofNullable(unfinishedCopies.get(copying));
            Response<byte[]> answer = connection.exchange(
                    connection
                            .request(
                                    "POST",
                                    path
                                            + token.map(begun -> "?rewriteToken=" + encode(begun))
                                                    .orElse(""))
                            .with("Content-Type", "application/json; charset=UTF-8")
                            .sending(RequestBody.of(body)),
                    what);
            if (!answer.succeeded()) {
                throw copyFailure(copying, token.isPresent(), connection.failure(answer, what));
            }
            JsonNode json = document(answer, what, address());
            done = json.path("done").asBoolean(false);
            String next = json.path("rewriteToken").asString("");
            if (done) {
                unfinishedCopies.remove(copying);
            } else if (next.isEmpty()) {
                throw halfAnAnswer(what, address());
            } else {
                unfinishedCopies.put(copying, next);
            }
        }
    }

    private StoreException copyFailure(Copying copying, boolean hadBegun, GoogleFailure failure) {
        if (failure.isAbsence()) {
            unfinishedCopies.remove(copying);
            return new StoreException.NoSuchObject(copying.source(), address());
        }
        StoreException exception = failure.exception();
        if (hadBegun && exception instanceof StoreException.Refused) {
            // As after a week, or when the source was replaced.
            unfinishedCopies.remove(copying);
            return new StoreException.Unavailable(exception.getMessage(), exception);
        }
        return exception;
    }

    @Override
    public void delete(ObjectKey key) throws StoreException {
        delete(path(key), "delete " + key);
    }

    private void delete(String path, String what) throws StoreException {
        Response<byte[]> answer = connection.exchange(connection.request("DELETE", path), what);
        if (!answer.succeeded()) {
            GoogleFailure failure = connection.failure(answer, what);
            if (!failure.isAbsence() && !failure.isUnmetCondition()) {
                throw failure.exception();
            }
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
