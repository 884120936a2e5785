package io.metalimages.http;

import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** What a request sends; it can be sent any number of times. Thread-safe. */
public final class RequestBody {

    /** No byte. */
    public static final RequestBody EMPTY = new RequestBody(BodyPublishers::noBody);

    private final Supplier<BodyPublisher> publisher;

    private RequestBody(Supplier<BodyPublisher> publisher) {
        this.publisher = publisher;
    }

    /** All of {@code bytes}, which must not change. */
    public static RequestBody of(byte[] bytes) {
        return of(bytes, 0, bytes.length);
    }

    /** A part of {@code bytes}, which must not change. */
    public static RequestBody of(byte[] bytes, int offset, int length) {
        return new RequestBody(() -> BodyPublishers.ofByteArray(bytes, offset, length));
    }

    /** The text in UTF-8. */
    public static RequestBody of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * What can be read.
     *
     * @param content opens it anew for each attempt
     * @param length how many bytes there are to be read; at least 0
     */
    public static RequestBody of(Supplier<InputStream> content, long length) {
        return length == 0
                ? EMPTY
                : new RequestBody(() -> BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(content), length));
    }

    BodyPublisher publisher() {
        return publisher.get();
    }
}
