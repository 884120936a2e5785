package io.metalimages.artifact;

import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import io.metalimages.http.WebClient;
import io.metalimages.http.WebContent;
import io.metalimages.http.WebOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Fetches an artifact by HTTP, see {@link WebClient}. */
public final class ArtifactDownload implements AutoCloseable {

    private static final Set<Integer> ABSENT = Set.of(404, 410);
    private static final int BUFFER = 1 << 16;

    private final WebClient client;

    public ArtifactDownload() {
        this(RetryPolicy.USUAL);
    }

    ArtifactDownload(RetryPolicy policy) {
        client = new WebClient(WebOptions.following(policy));
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
        Optional<WebContent> content = client.get(address, ABSENT);
        if (content.isEmpty()) {
            return false;
        }
        byte[] buffer = new byte[BUFFER];
        long done = 0;
        try (WebContent input = content.get();
                OutputStream output = Files.newOutputStream(file)) {
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                output.write(buffer, 0, read);
                done += read;
                progress.report(done, input.length().orElse(0));
            }
        } catch (InterruptedIOException e) {
            throw (InterruptedException) new InterruptedException().initCause(e);
        }
        return true;
    }

    @Override
    public void close() {
        client.close();
    }
}
