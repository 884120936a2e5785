package io.metalimages.http;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Content that is read from a server from its beginning to its end. Where the connection breaks off, or is silent for too
 * long, it goes on with another one; what comes is only as good as the server says, so whoever needs to be sure compares a
 * digest. Belongs to one thread.
 */
public final class WebContent extends InputStream {

    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int BUFFER = 1 << 16;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]{1,18})-.*");

    /** Sends a request for content. */
    @FunctionalInterface
    public interface Opener {

        /** Sends it once; see {@link WebClient#open}. */
        Response<InputStream> open(Request request) throws TransientException, InterruptedException;
    }

    private final WebClient client;
    private final Opener opener;
    private final Request request;
    private final ContentVersion version;

    @Nullable
    private InputStream body;

    private long position;

    WebContent(WebClient client, Opener opener, Request request, Response<InputStream> response) {
        this.client = client;
        this.opener = opener;
        this.request = request;
        this.body = response.body();
        this.version = ContentVersion.of(response);
    }

    static void requireSuccess(Response<InputStream> response) throws TransientException {
        if (response.status() == OK) {
            return;
        }
        WebClient.discard(response);
        if (response.isTransient()) {
            throw new TransientException(response.summary(), response);
        }
        throw FaultException.remote("Reading " + response.address() + " failed: " + response.summary() + ".", null);
    }

    /** How many bytes there are in all, if the server says so. */
    public OptionalLong length() {
        return version.length();
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
        try {
            return client.attempt("Reading " + request.address(), number -> readOn(buffer, offset, size));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException) new InterruptedIOException().initCause(e);
        }
    }

    private int readOn(byte[] buffer, int offset, int size) throws TransientException, InterruptedException {
        try {
            InputStream open = body == null ? reopen() : body;
            body = open;
            int count = open.read(buffer, offset, size);
            if (count < 0 && position < length().orElse(position)) {
                throw new IOException("it ended after " + position + " of " + length().getAsLong() + " bytes");
            }
            position += Math.max(0, count);
            return count;
        } catch (IOException e) {
            closeBody();
            if (Thread.currentThread().isInterrupted()) {
                throw (InterruptedException) new InterruptedException().initCause(e);
            }
            throw client.explain(request.address(), e);
        }
    }

    private InputStream reopen() throws IOException, TransientException, InterruptedException {
        Response<InputStream> response = opener.open(position == 0 ? request : rest());
        boolean isPart = position > 0 && response.status() == PARTIAL_CONTENT;
        boolean isShorter = position > 0 && response.status() == RANGE_NOT_SATISFIABLE;
        if (!isPart && !isShorter) {
            requireSuccess(response);
        }
        if (isShorter || version.isOther(ContentVersion.of(response))) {
            WebClient.discard(response);
            throw FaultException.remote(request.address() + " changed while it was read.", "Try again.");
        }
        if (isPart) {
            requireStartAtPosition(response);
            return response.body();
        }
        body = response.body();
        skip(body);
        return body;
    }

    private Request rest() {
        Request rest = request.with("Range", "bytes=" + position + "-");
        return version.condition()
                .map(condition -> rest.with("If-Range", condition))
                .orElse(rest);
    }

    /** Reads what was read before from a server that can't begin later. */
    private void skip(InputStream open) throws IOException {
        byte[] unused = new byte[BUFFER];
        for (long left = position; left > 0; ) {
            int count = open.read(unused, 0, (int) Math.min(left, unused.length));
            if (count < 0) {
                throw new IOException("it ended " + left + " bytes before byte " + position);
            }
            left -= count;
        }
    }

    private void requireStartAtPosition(Response<InputStream> response) throws IOException {
        Matcher range = CONTENT_RANGE.matcher(response.header("Content-Range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != position) {
            WebClient.discard(response);
            throw new IOException("the server does not go on at byte " + position);
        }
    }

    /**
     * Reads all of it.
     *
     * @param output where it goes
     * @param largest the most bytes that it may have
     * @param progress receives how many bytes came so far
     * @throws FaultException if it is larger, or the server does not give it
     * @throws IOException if it cannot be written
     */
    public void copyTo(OutputStream output, long largest, LongConsumer progress)
            throws IOException, InterruptedException {
        byte[] buffer = new byte[BUFFER];
        try {
            for (int count = read(buffer); count >= 0; count = read(buffer)) {
                if (position > largest) {
                    throw WebClient.tooLarge(request.address(), largest);
                }
                output.write(buffer, 0, count);
                progress.accept(position);
            }
        } catch (InterruptedIOException e) {
            throw (InterruptedException) new InterruptedException().initCause(e);
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
