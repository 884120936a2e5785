package io.metalimages.build.remote;

import io.metalimages.common.FaultException;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import io.metalimages.http.WebClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A file that was fetched.
 *
 * @param digest of its bytes, hexadecimal
 * @param entityTag empty if the server gave none
 * @param modified when the server says that it was changed; empty if it does not say
 */
record Download(String digest, String entityTag, String modified) {

    private static final int NOT_MODIFIED = 304;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;

    /**
     * Fetches a file.
     *
     * @param algorithm of the digest
     * @param target where it is written to
     * @param location where the address is written, for messages
     * @return empty if it is still what the request says that it was
     */
    static Optional<Download> of(WebClient client, Request request, String algorithm, Path target, String location)
            throws IOException, InterruptedException {
        AtomicReference<Response<InputStream>> first = new AtomicReference<>();
        Optional<? extends InputStream> content = client.get(
                request,
                part -> {
                    Response<InputStream> response = client.open(part);
                    first.compareAndSet(null, response);
                    return response;
                },
                Set.of(NOT_MODIFIED, NOT_FOUND, GONE));
        Response<InputStream> response = Objects.requireNonNull(first.get(), "no response, and no failure either");
        if (content.isEmpty()) {
            if (response.status() == NOT_MODIFIED) {
                return Optional.empty();
            }
            throw FaultException.remote(
                    location + ": there is nothing at " + WebFiles.shown(request.address()) + ".",
                    "Check the address.");
        }
        MessageDigest digest = digest(algorithm);
        try (InputStream input = content.get();
                OutputStream output = new DigestOutputStream(Files.newOutputStream(target), digest)) {
            input.transferTo(output);
        }
        return Optional.of(new Download(
                HexFormat.of().formatHex(digest.digest()),
                header(response, "ETag"),
                header(response, "Last-Modified")));
    }

    private static String header(Response<InputStream> response, String name) {
        return response.header(name).orElse("");
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
