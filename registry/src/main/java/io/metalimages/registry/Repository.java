package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Attempt;
import io.metalimages.http.Request;
import io.metalimages.http.RequestBody;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One repository of a registry. Every method throws {@link FaultException}: with
 * {@link FaultException.Category#WRONG_INPUT} if the registry does not know the name or does not permit it, with
 * {@link FaultException.Category#REMOTE_FAULT} if it does not do its part after several attempts, or sends what is not what
 * it should be. Thread-safe.
 */
public final class Repository {

    private static final int LARGEST_LIST = 4 << 20;
    private static final int MOST_PAGES = 1000;
    private static final int MOST_NAMES = 200_000;
    private static final int ATTEMPTS_TO_LIST = 8;
    private static final Pattern NEXT = Pattern.compile("<([^<>]*)>\\s*;[^,]*\\brel=\"?next\\b");
    private static final String DIGEST = "Docker-Content-Digest";
    private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.US_ASCII);

    private final Registry registry;
    private final ImageReference name;
    private final Scope reading;
    private final Scope writing;

    Repository(Registry registry, ImageReference name) {
        this.registry = registry;
        this.name = name;
        this.reading = Scope.reading(name.repository());
        this.writing = Scope.writing(name.repository());
    }

    /** Its name with the registry's, without tag and digest. */
    public ImageReference name() {
        return name;
    }

    RegistryOptions options() {
        return registry.options();
    }

    URI address(String path) {
        return registry.address().resolve(name.repository() + "/" + path);
    }

    private URI manifestAddress(String tagOrDigest) {
        return address("manifests/" + tagOrDigest);
    }

    <T> T attempt(String task, Attempt<T, RuntimeException> attempt) throws InterruptedException {
        return registry.client().attempt(task, attempt);
    }

    Response<byte[]> exchange(Request request) throws InterruptedException, TransientException {
        return registry.exchange(request, writing, name.repository());
    }

    private Response<byte[]> read(Request request, String task) throws InterruptedException {
        return registry.send(request, reading, name.repository(), task);
    }

    private Response<byte[]> change(Request request, String task) throws InterruptedException {
        return registry.send(request, writing, name.repository(), task);
    }

    void requirePermitted(URI target, URI origin) {
        registry.requirePermitted(target, origin);
    }

    /**
     * Asks the registry for something harmless, so that who may not write, or has mistyped a name, hears it before the work.
     * A registry need not tell everything before it is written to.
     */
    public void requireAccess() throws InterruptedException {
        hasBlob(Descriptor.of(MediaTypes.EMPTY, EMPTY));
    }

    // --- Manifests ---

    /** The manifest that has this tag; empty if there is none. */
    public Optional<Manifest> manifest(String tag) throws InterruptedException {
        return read(ImageReference.requireTag(tag), Optional.empty());
    }

    /** The manifest with this digest; empty if there is none. */
    public Optional<Manifest> manifest(Digest digest) throws InterruptedException {
        return read(Descriptor.written(digest), Optional.of(digest));
    }

    private Optional<Manifest> read(String tagOrDigest, Optional<Digest> digest) throws InterruptedException {
        String task = "Reading the manifest " + tagOrDigest + " of " + name;
        Request request = Request.of("GET", manifestAddress(tagOrDigest))
                .with("Accept", String.join(", ", MediaTypes.MANIFESTS))
                .takingAtMost(Manifest.LARGEST);
        Response<byte[]> response = read(request, task);
        if (response.status() == 404) {
            return Optional.empty();
        }
        if (response.status() != 200) {
            throw ErrorResponse.fault(response, task);
        }
        String type = MediaTypes.of(response);
        if (!MediaTypes.MANIFESTS.contains(type)) {
            throw FaultException.remote(
                    task + " failed: what " + response.address().getAuthority() + " sent is of the type \""
                            + ForeignText.line(type) + "\".",
                    null);
        }
        byte[] bytes = response.body();
        Digest actual = Digest.of(bytes);
        requireDigest(response, actual);
        if (digest.filter(wanted -> !wanted.equals(actual)).isPresent()) {
            throw otherDigest(task, digest.get(), actual);
        }
        return Optional.of(Manifest.received(type, bytes, "The manifest " + tagOrDigest + " of " + name));
    }

    private static FaultException otherDigest(String task, Digest wanted, Digest actual) {
        return FaultException.remote(
                task + " failed: what came is not what was asked for. Its digest is " + Descriptor.written(actual)
                        + ", and not " + Descriptor.written(wanted) + ".",
                null);
    }

    /** Sees to it that the registry, if it says which content it means, means this. */
    void requireDigest(Response<?> response, Digest wanted) {
        response.header(DIGEST)
                .filter(said -> !said.equals(Descriptor.written(wanted)))
                .ifPresent(said -> {
                    throw FaultException.remote(
                            response.address().getAuthority() + " says that the digest of what it has is "
                                    + ForeignText.line(said) + ", and it should be " + Descriptor.written(wanted) + ".",
                            null);
                });
    }

    /** Stores a manifest without a tag; all that it describes has to be there. Harmless if it is there already. */
    public Descriptor put(Manifest manifest) throws InterruptedException {
        put(manifest, Descriptor.written(manifest.digest()));
        return manifest.descriptor();
    }

    private Response<byte[]> put(Manifest manifest, String tagOrDigest) throws InterruptedException {
        String task = "Storing the manifest " + tagOrDigest + " of " + name;
        Request request = Request.of("PUT", manifestAddress(tagOrDigest))
                .with("Content-Type", manifest.mediaType())
                .sending(RequestBody.of(manifest.bytes()));
        Response<byte[]> response = change(request, task);
        if (!response.succeeded()) {
            throw ErrorResponse.fault(response, task);
        }
        requireDigest(response, manifest.digest());
        return response;
    }

    /**
     * Gives further tags to an image that is there, one after the other; those that it has already are no fault. Nothing but
     * the manifest is transferred.
     *
     * @throws FaultException if there is no such image; tags before the one that failed are set
     */
    public void tag(Digest digest, List<String> tags) throws InterruptedException {
        tags.forEach(ImageReference::requireTag);
        Manifest manifest = manifest(digest)
                .orElseThrow(() -> FaultException.wrongInput(
                        "There is no image " + name.at(digest) + ".", "Look at the digest, or push the image first."));
        for (String tag : tags) {
            put(manifest, tag);
        }
    }

    // --- Blobs ---

    /** Whether the repository has this content, in this size. */
    public boolean hasBlob(Descriptor blob) throws InterruptedException {
        String task = "Looking for " + Descriptor.written(blob.digest()) + " in " + name;
        Response<byte[]> response = change(Request.of("HEAD", blobAddress(blob)), task);
        if (response.status() == 404) {
            return false;
        }
        if (response.status() != 200) {
            throw ErrorResponse.fault(response, task);
        }
        requireDigest(response, blob.digest());
        Optional<String> size = response.header("Content-Length");
        if (size.filter(text -> !text.equals(Long.toString(blob.size()))).isPresent()) {
            throw FaultException.remote(
                    name + " has " + Descriptor.written(blob.digest()) + " with " + ForeignText.line(size.get())
                            + " bytes, and it should have " + blob.size() + ".",
                    "The registry has to delete that blob.");
        }
        return true;
    }

    private URI blobAddress(Descriptor blob) {
        return address("blobs/" + Descriptor.written(blob.digest()));
    }

    /**
     * Brings a file's content to the repository, unless it is there.
     *
     * @param file must not change until this returns
     */
    public void upload(Descriptor blob, Path file, TransferProgress progress) throws IOException, InterruptedException {
        if (hasBlob(blob)) {
            progress.report(blob.size(), blob.size());
            return;
        }
        try (FileChannel channel = FileChannel.open(file)) {
            new BlobUpload(this, blob, BlobContent.of(channel), progress).run();
        }
    }

    void upload(Descriptor blob, byte[] bytes) throws InterruptedException {
        if (!hasBlob(blob)) {
            new BlobUpload(this, blob, BlobContent.of(bytes), TransferProgress.SILENT).run();
        }
    }

    /**
     * Has the registry take a blob from another of its repositories.
     *
     * @param from as in {@link ImageReference#repository()}
     * @return whether it did; a registry need not be able to, and the other repository need not have it
     */
    public boolean mount(Descriptor blob, String from) throws InterruptedException {
        String task = "Mounting " + Descriptor.written(blob.digest()) + " of " + from + " in " + name;
        URI address = address(
                "blobs/uploads/?mount=" + encoded(Descriptor.written(blob.digest())) + "&from=" + encoded(from));
        Response<byte[]> response =
                registry.send(Request.of("POST", address), writing.and(Scope.reading(from)), name.repository(), task);
        if (response.status() == 201) {
            requireDigest(response, blob.digest());
            return true;
        }
        if (response.status() != 202) {
            throw ErrorResponse.fault(response, task);
        }
        Optional<URI> session = response.location();
        if (session.isPresent()) {
            requirePermitted(session.get(), response.address());
            // Whatever comes of it: a session that is not ended ends by itself some day.
            change(Request.of("DELETE", session.get()), task);
        }
        return false;
    }

    /**
     * Fetches a blob into a file, whose content is the right one afterwards; after an exception it is not to be used.
     *
     * @throws IOException if the file cannot be written
     */
    public void download(Descriptor blob, Path file, TransferProgress progress)
            throws IOException, InterruptedException {
        String task = "Fetching " + Descriptor.written(blob.digest()) + " from " + name;
        WebContent content = registry.client()
                .get(Request.of("GET", blobAddress(blob)), request -> openBlob(request, blob, task), Set.of())
                .orElseThrow();
        try (content;
                OutputStream output = Files.newOutputStream(file)) {
            content.copyTo(output, blob.size(), done -> progress.report(done, blob.size()));
        }
        Digest actual = Digest.ofFile(file);
        if (!actual.equals(blob.digest())) {
            throw otherDigest(task, blob.digest(), actual);
        }
    }

    private Response<InputStream> openBlob(Request request, Descriptor blob, String task)
            throws TransientException, InterruptedException {
        Response<InputStream> response = registry.open(request, reading, name.repository());
        if (!response.succeeded()) {
            throw ErrorResponse.fault(
                    ErrorResponse.requireLasting(registry.client().readWhole(response, request.largestResponse())),
                    task);
        }
        requireDigest(response, blob.digest());
        return response;
    }

    // --- Lists ---

    /** The names of all tags, in the registry's order; none if there is no such repository. */
    public List<String> tags() throws InterruptedException {
        List<String> tags = new ArrayList<>();
        readPages(address("tags/list"), "Listing the tags of " + name, page -> tags.addAll(page.texts("tags")));
        return tags;
    }

    /** Takes one page of a list. */
    @FunctionalInterface
    private interface Page {
        void take(JsonDocument page);
    }

    /** Whether there is such a list. */
    private boolean readPages(URI first, String task, Page page) throws InterruptedException {
        Set<URI> seen = new HashSet<>();
        Optional<URI> next = Optional.of(first);
        while (next.isPresent()) {
            URI current = next.get();
            if (!seen.add(current) || seen.size() > MOST_PAGES) {
                throw FaultException.remote(task + " failed: the registry's list has no end.", null);
            }
            Response<byte[]> response = read(
                    Request.of("GET", current)
                            .with("Accept", "application/json, " + MediaTypes.IMAGE_INDEX)
                            .takingAtMost(LARGEST_LIST),
                    task);
            if (response.status() == 404 && current.equals(first)) {
                return false;
            }
            if (response.status() != 200) {
                throw ErrorResponse.fault(response, task);
            }
            page.take(JsonDocument.read(
                    response.body(), "What " + response.address().getAuthority() + " lists"));
            next = nextPage(response, task);
        }
        return true;
    }

    private static Optional<URI> nextPage(Response<?> response, String task) {
        for (String link : response.headers("Link")) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.find()) {
                URI next = response.resolve(matcher.group(1))
                        .filter(target -> Request.isSameServer(target, response.address()))
                        .orElseThrow(() -> FaultException.remote(
                                task + " failed: the list goes on at \"" + ForeignText.line(matcher.group(1))
                                        + "\", which is not the registry's.",
                                null));
                return Optional.of(next);
            }
        }
        return Optional.empty();
    }

    // --- Referrers ---

    /**
     * What refers to an image: by the registry's API for that, or where it has none, by the tag that stands in for it.
     *
     * @param artifactType only those of this type; empty for all
     */
    public List<Descriptor> referrers(Digest subject, Optional<String> artifactType) throws InterruptedException {
        List<Descriptor> referrers = new ArrayList<>();
        String query =
                artifactType.map(type -> "?artifactType=" + encoded(type)).orElse("");
        boolean hasApi = readPages(
                address("referrers/" + Descriptor.written(subject) + query),
                "Listing what refers to " + name.at(subject),
                page -> {
                    page.objects("manifests").forEach(entry -> referrers.add(Descriptor.read(entry)));
                    if (referrers.size() > MOST_NAMES) {
                        throw FaultException.remote(
                                "The list of what refers to " + name.at(subject) + " has no end.", null);
                    }
                });
        if (!hasApi) {
            manifest(referrersTag(subject))
                    .filter(index -> index.mediaType().equals(MediaTypes.IMAGE_INDEX))
                    .ifPresent(index -> referrers.addAll(index.manifests()));
        }
        // Registries need not know filters.
        return referrers.stream()
                .filter(referrer -> artifactType.isEmpty() || artifactType.equals(referrer.artifactType()))
                .toList();
    }

    /** The tag that stands in for the API; see "Referrers Tag Schema". */
    private static String referrersTag(Digest subject) {
        return "sha256-" + subject.hex();
    }

    /**
     * Makes a file refer to an image. The same file twice is one referrer. Where the registry has no API for referrers, and
     * another process attaches something to the same image at the same moment, one of the two may be missing from the list:
     * the specification has no means against that. To attach it again puts it back.
     *
     * @return the manifest that refers to {@code subject}
     * @throws IOException if the file cannot be read
     */
    public Descriptor attach(Descriptor subject, Attachment attachment) throws IOException, InterruptedException {
        Path file = attachment.file();
        Descriptor content = new Descriptor(
                attachment.type(),
                Digest.ofFile(file),
                Files.size(file),
                Optional.empty(),
                Map.of("org.opencontainers.image.title", file.getFileName().toString()));
        Descriptor nothing = Descriptor.of(MediaTypes.EMPTY, EMPTY);
        upload(nothing, EMPTY);
        upload(content, file, TransferProgress.SILENT);
        Manifest manifest = Manifest.referrer(attachment.type(), nothing, content, subject, attachment.annotations());
        Response<byte[]> response = put(manifest, Descriptor.written(manifest.digest()));
        Optional<String> processed = response.header("OCI-Subject");
        if (processed.isEmpty()) {
            list(subject.digest(), manifest.asReferrer());
        } else if (!processed.get().equals(Descriptor.written(subject.digest()))) {
            throw FaultException.remote(
                    name + " took a file that refers to " + Descriptor.written(subject.digest())
                            + " for one that refers to " + ForeignText.line(processed.get()) + ".",
                    null);
        }
        return manifest.asReferrer();
    }

    /**
     * Adds a referrer to the index that stands in for the API. Another process may do so at the same moment; so the index is
     * read again until the referrer is in it.
     */
    private synchronized void list(Digest subject, Descriptor referrer) throws InterruptedException {
        String tag = referrersTag(subject);
        for (int attempt = 0; attempt < ATTEMPTS_TO_LIST; attempt++) {
            Optional<Manifest> before = manifest(tag);
            if (before.filter(index -> !index.mediaType().equals(MediaTypes.IMAGE_INDEX))
                    .isPresent()) {
                throw FaultException.remote(
                        name.withTag(tag) + " should list what refers to an image, and is no index.",
                        "Delete that tag, if nobody needs it.");
            }
            if (before.isPresent()
                    && before.get().manifests().stream()
                            .anyMatch(listed -> listed.digest().equals(referrer.digest()))) {
                return;
            }
            put(before.map(index -> index.with(referrer)).orElseGet(() -> Manifest.index(List.of(referrer))), tag);
        }
        throw FaultException.remote(
                name.withTag(tag) + " was changed by others " + ATTEMPTS_TO_LIST + " times while it was written.",
                "Try again.");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
