package io.metalimages.artifact;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.PendingDirectory;
import io.metalimages.http.RetryPolicy;
import io.metalimages.http.WebClient;
import io.metalimages.http.WebContent;
import io.metalimages.http.WebOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Fetches artifacts by HTTP, see {@link WebClient}: whole and as their checksums say, or not at all. Thread-safe. */
public final class ArtifactDownload implements AutoCloseable {

    private static final Set<Integer> ABSENT = Set.of(404, 410);

    /** 403 is what buckets say who do not tell strangers what they have. */
    private static final Set<Integer> ABSENT_BESIDE_TARBALL = Set.of(403, 404, 410);

    private static final long LARGEST_SUM = 1 << 16;
    private static final long LARGEST_COMPANION = 256 << 20;

    private final WebClient client;
    private final Consumer<String> notes;

    /**
     * A download, which makes several attempts.
     *
     * @param notes receives a sentence about each failure that is not the last, and about what could not be compared
     */
    public ArtifactDownload(Consumer<String> notes) {
        this(RetryPolicy.USUAL, notes);
    }

    ArtifactDownload(RetryPolicy policy, Consumer<String> notes) {
        this.client = new WebClient(WebOptions.following(policy).withNotes(notes));
        this.notes = notes;
    }

    /**
     * Fetches the tarball at {@code address}, or {@code img.tar.lz4} below it if its path does not end in {@code lz4}, and
     * those of its sidecar files that are there. The tarball is compared with its {@code .sha256}, or with its {@code .md5} if
     * it has no other. Files get their names when all have come; after an exception there is none of them.
     *
     * @param into an existing directory without an artifact
     * @throws FaultException with {@link FaultException.Category#WRONG_INPUT} if there is no tarball at the address, with
     *     {@link FaultException.Category#REMOTE_FAULT} if the server does not give it, or another one than its sum says
     */
    public ArtifactLocation fetch(URI address, Path into, CheckProgress progress)
            throws IOException, InterruptedException {
        URI tarball = tarball(address);
        try (PendingDirectory pending = PendingDirectory.open(into)) {
            ArtifactLocation unfinished = ArtifactLocation.of(pending.resolve(ArtifactLocation.TARBALL));
            saveSums(tarball, unfinished);
            saveTarball(tarball, unfinished, progress);
            save(tarball.resolve(ArtifactLocation.PACKAGES), unfinished.packages(), LARGEST_COMPANION);
            for (String name : ArtifactLocation.SIDECARS) {
                save(tarball.resolve(name), unfinished.sidecar(name), LARGEST_COMPANION);
            }
            for (Map.Entry<String, Path> file : unfinished.files().reversed().entrySet()) {
                Files.move(file.getValue(), into.resolve(file.getKey()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return ArtifactLocation.in(into);
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

    private void saveSums(URI tarball, ArtifactLocation files) throws IOException, InterruptedException {
        save(withSuffix(tarball, ArtifactLocation.MD5_SUFFIX), files.md5File(), LARGEST_SUM);
        save(withSuffix(tarball, ArtifactLocation.SHA256_SUFFIX), files.sha256File(), LARGEST_SUM);
    }

    private void saveTarball(URI tarball, ArtifactLocation files, CheckProgress progress)
            throws IOException, InterruptedException {
        WebContent content = client.get(tarball, ABSENT)
                .orElseThrow(() ->
                        FaultException.wrongInput("There is no image at " + tarball + ".", "Look at the address."));
        try (content) {
            long length = content.length().orElse(0);
            Optional<TarballSum> sum = TarballSum.find(files);
            try (OutputStream file = Files.newOutputStream(files.tarball());
                    OutputStream output = sum.isPresent()
                            ? new DigestOutputStream(file, sum.get().digest())
                            : file) {
                content.copyTo(output, Long.MAX_VALUE, done -> progress.report(done, length));
            }
            sum.ifPresentOrElse(
                    said -> said.requireMatch(tarball.toString()),
                    () -> notes.accept(
                            tarball + " has neither a .sha256 nor a .md5, so what came cannot be compared with it."));
        }
    }

    /** Saves a file beside the tarball, if there is one. */
    private void save(URI address, Path file, long largest) throws IOException, InterruptedException {
        Optional<WebContent> content = client.get(address, ABSENT_BESIDE_TARBALL);
        if (content.isPresent()) {
            try (WebContent input = content.get();
                    OutputStream output = Files.newOutputStream(file)) {
                input.copyTo(output, largest, done -> {});
            }
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
