package io.metalimages.artifact;

import io.metalimages.common.FaultException;
import io.metalimages.common.InputOutputReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Fetches an artifact by HTTP, redirects followed. What a server may yet manage is tried again: a connection that fails or
 * breaks off, and the answers 408, 429 and 5xx.
 */
public final class ArtifactDownload implements AutoCloseable {

    private static final int ATTEMPTS = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(30);
    private static final int BUFFER = 1 << 16;

    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(LONGEST_CONNECTING)
            .build();

    /** The bytes did not come, for a reason that may be over soon. */
    private static final class TransientException extends Exception {

        private static final long serialVersionUID = 1L;

        TransientException(String reason, Throwable cause) {
            super(reason, cause);
        }

        TransientException(String reason) {
            super(reason);
        }
    }

    /**
     * Fetches the tarball at {@code address}, or {@code img.tar.lz4} below it if its path does not end in {@code lz4}, and
     * those of its companions that are there.
     *
     * @param into an existing directory
     * @throws FaultException with {@link FaultException.Category#WRONG_INPUT} if there is no tarball at the address, with
     *     {@link FaultException.Category#REMOTE_FAULT} if the server does not give it
     */
    public ArtifactLocation fetch(URI address, Path into, CheckProgress progress)
            throws IOException, InterruptedException {
        URI tarball = tarball(address);
        ArtifactLocation location = ArtifactLocation.in(into);
        if (!save(tarball, location.tarball(), progress)) {
            throw FaultException.wrongInput("There is no image at " + tarball + ".", "Look at the address.");
        }
        save(withSuffix(tarball, ArtifactLocation.MD5_SUFFIX), location.md5File(), CheckProgress.SILENT);
        save(withSuffix(tarball, ArtifactLocation.SHA256_SUFFIX), location.sha256File(), CheckProgress.SILENT);
        save(tarball.resolve(ArtifactLocation.PACKAGES), location.packages(), CheckProgress.SILENT);
        for (String name : ArtifactLocation.COMPANIONS) {
            save(tarball.resolve(name), location.companion(name), CheckProgress.SILENT);
        }
        return location;
    }

    private static URI tarball(URI address) {
        if (address.getHost() == null) {
            throw FaultException.wrongInput(
                    address + " names no server.", "Give an address such as https://HOST/PATH.");
        }
        String path = address.getRawPath();
        return path.endsWith("lz4")
                ? address
                : withPath(address, path + (path.endsWith("/") ? "" : "/") + ArtifactLocation.TARBALL);
    }

    private static URI withSuffix(URI address, String suffix) {
        return withPath(address, address.getRawPath() + suffix);
    }

    private static URI withPath(URI address, String rawPath) {
        String query = address.getRawQuery();
        return URI.create(
                address.getScheme() + "://" + address.getRawAuthority() + rawPath + (query == null ? "" : "?" + query));
    }

    /** Whether there was such a file. */
    private boolean save(URI address, Path file, CheckProgress progress) throws IOException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                return tryToFetch(address, file, progress);
            } catch (TransientException e) {
                if (attempt == ATTEMPTS) {
                    throw new FaultException(
                            FaultException.Category.REMOTE_FAULT,
                            address + " could not be fetched, tried " + ATTEMPTS + " times: " + e.getMessage() + ".",
                            "Try again later.",
                            e);
                }
                Thread.sleep(pause);
                pause = pause.multipliedBy(3);
            }
        }
    }

    private boolean tryToFetch(URI address, Path file, CheckProgress progress)
            throws IOException, InterruptedException, TransientException {
        HttpResponse<InputStream> response;
        try {
            response = client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new TransientException(InputOutputReason.of(e), e);
        }
        try (InputStream body = response.body()) {
            int status = response.statusCode();
            if (status == 404 || status == 410) {
                return false;
            }
            if (status == 408 || status == 429 || status >= 500) {
                throw new TransientException("the server answered " + status);
            }
            if (status != 200) {
                throw FaultException.remote(
                        address + " could not be fetched: the server answered " + status + ".", null);
            }
            copy(
                    body,
                    file,
                    response.headers().firstValueAsLong("Content-Length").orElse(0),
                    progress);
            return true;
        }
    }

    private static void copy(InputStream body, Path file, long size, CheckProgress progress)
            throws IOException, TransientException {
        byte[] buffer = new byte[BUFFER];
        long done = 0;
        try (OutputStream output = Files.newOutputStream(file)) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                output.write(buffer, 0, read);
                done += read;
                progress.report(done, size);
            }
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("No space left on device")) {
                throw e;
            }
            throw new TransientException("after " + done + " bytes: " + InputOutputReason.of(e), e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
