package io.metalimages.http;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Content that is read from a server from its beginning to its end. Where the connection breaks off, or is silent for too
 * long, it goes on with another one; what comes is only as good as the server says, so whoever needs to be sure compares a
 * digest. Belongs to one thread.
 */
public final class WebContent extends InputStream {

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]+)-.*");

    private final WebClient client;
    private final URI address;
    private final OptionalLong length;
    private final Optional<String> version;

    @Nullable
    private InputStream body;

    private long position;
    private int attempt;

    WebContent(WebClient client, URI address, HttpResponse<InputStream> response) {
        this.client = client;
        this.address = address;
        this.body = response.body();
        this.length = response.headers().firstValueAsLong("Content-Length");
        this.version = response.headers().firstValue("ETag").filter(tag -> !tag.startsWith("W/"));
    }

    /** How many bytes there are in all, if the server says so. */
    public OptionalLong length() {
        return length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /**
     * Reads on.
     *
     * @throws FaultException if the server does not give the rest
     * @throws InterruptedIOException if the thread was interrupted
     */
    @Override
    public int read(byte[] buffer, int offset, int size) throws IOException {
        while (true) {
            try {
                InputStream open = body == null ? reopen() : body;
                body = open;
                int count = readInTime(open, buffer, offset, size);
                if (count < 0 && position < length.orElse(position)) {
                    throw new IOException(
                            "the connection ended after " + position + " of " + length.getAsLong() + " bytes");
                }
                position += Math.max(0, count);
                attempt = count > 0 ? 0 : attempt;
                return count;
            } catch (IOException e) {
                closeBody();
                pause(e);
            }
        }
    }

    private void pause(IOException failure) throws InterruptedIOException {
        try {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException();
            }
            client.pauseOrFail(address, ++attempt, failure);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static InterruptedIOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return (InterruptedIOException) new InterruptedIOException().initCause(cause);
    }

    /** A server that sends nothing is told from one that is slow by another thread, which takes the connection away. */
    private int readInTime(InputStream open, byte[] buffer, int offset, int size) throws IOException {
        if (open.available() > 0) {
            return open.read(buffer, offset, size);
        }
        AtomicBoolean silent = new AtomicBoolean();
        Thread watch = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(client.policy().silence());
                silent.set(true);
                open.close();
            } catch (InterruptedException | IOException bytesHaveCome) {
                // Nothing to watch for any more.
            }
        });
        try {
            int count = open.read(buffer, offset, size);
            if (count < 0 && silent.get()) {
                throw silence(null);
            }
            return count;
        } catch (IOException e) {
            throw silent.get() ? silence(e) : e;
        } finally {
            watch.interrupt();
        }
    }

    private IOException silence(@Nullable IOException cause) {
        return new IOException(
                "the server was silent for " + client.policy().silence().toSeconds() + " s", cause);
    }

    private InputStream reopen() throws IOException {
        HttpResponse<InputStream> response;
        try {
            response = client.send(address, position, version);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (position > 0 && response.statusCode() == 206) {
            requireStartAtPosition(response);
            return response.body();
        }
        WebClient.requireSuccess(address, response, 200);
        if (!response.headers()
                .firstValue("ETag")
                .filter(tag -> !tag.startsWith("W/"))
                .equals(version)) {
            response.body().close();
            throw FaultException.remote(address + " changed while it was read.", "Try again.");
        }
        body = response.body();
        skip(body);
        return body;
    }

    /** Reads what was read before from a server that can't begin later. */
    private void skip(InputStream open) throws IOException {
        byte[] unused = new byte[1 << 14];
        for (long left = position; left > 0; ) {
            int count = readInTime(open, unused, 0, (int) Math.min(left, unused.length));
            if (count < 0) {
                throw new IOException("the connection ended " + left + " bytes before byte " + position);
            }
            left -= count;
        }
    }

    private void requireStartAtPosition(HttpResponse<InputStream> response) throws IOException {
        Matcher range = CONTENT_RANGE.matcher(
                response.headers().firstValue("Content-Range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != position) {
            response.body().close();
            throw new IOException("the server does not go on at byte " + position);
        }
    }

    private void closeBody() {
        try {
            Objects.requireNonNullElse(body, InputStream.nullInputStream()).close();
        } catch (IOException broken) {
            // It is given up because it is broken.
        }
        body = null;
    }

    @Override
    public void close() throws IOException {
        if (body != null) {
            body.close();
        }
    }
}
