package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What refers to the images of a repository. Faults are those of {@link Repository}. Thread-safe. */
public final class Referrers {

    private static final int MOST_NAMES = 200_000;
    private static final int ATTEMPTS_TO_LIST = 8;

    private final RepositoryClient client;
    private final Blobs blobs;
    private final Manifests manifests;

    Referrers(RepositoryClient client, Blobs blobs, Manifests manifests) {
        this.client = client;
        this.blobs = blobs;
        this.manifests = manifests;
    }

    /**
     * What refers to an image: by the registry's API for that, or where it has none, by the tag that stands in for it.
     *
     * @param artifactType only those of this type; empty for all
     */
    public List<Descriptor> of(Digest subject, Optional<String> artifactType) throws InterruptedException {
        List<Descriptor> referrers = new ArrayList<>();
        String query = artifactType
                .map(type -> "?artifactType=" + RepositoryClient.encoded(type))
                .orElse("");
        boolean hasApi = ListPages.read(
                client,
                client.address("referrers/" + Descriptor.written(subject) + query),
                "Listing what refers to " + client.name().at(subject),
                page -> {
                    page.objects("manifests").forEach(entry -> referrers.add(Descriptor.read(entry)));
                    if (referrers.size() > MOST_NAMES) {
                        throw FaultException.remote(
                                "The list of what refers to " + client.name().at(subject) + " has no end.", null);
                    }
                });
        if (!hasApi) {
            manifests
                    .find(referrersTag(subject))
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
        Descriptor nothing = Descriptor.of(MediaTypes.EMPTY, Blobs.EMPTY);
        blobs.upload(nothing, Blobs.EMPTY);
        blobs.upload(content, file, TransferProgress.SILENT);
        Manifest manifest = Manifest.referrer(attachment.type(), nothing, content, subject, attachment.annotations());
        Response<byte[]> response = manifests.offer(manifest);
        if (response.status() == 400) {
            // A registry from before the type of what is empty: the type of the configuration is that of the whole.
            manifest = Manifest.typedByConfiguration(
                    Descriptor.of(attachment.type(), Blobs.EMPTY), content, subject, attachment.annotations());
            response = manifests.put(manifest, Descriptor.written(manifest.digest()));
        }
        Optional<String> processed = response.header("OCI-Subject");
        if (processed.isEmpty()) {
            list(subject.digest(), manifest.asReferrer());
        } else if (!processed.get().equals(Descriptor.written(subject.digest()))) {
            throw FaultException.remote(
                    client.name() + " took a file that refers to " + Descriptor.written(subject.digest())
                            + " for one that refers to " + ForeignText.line(processed.get()) + ".",
                    null);
        }
        return manifest.asReferrer();
    }

    /**
     * Adds a referrer to the index that stands in for the API. Another process may do so at the same moment; so the index is
     * read again until the referrer is in it, with pauses, as some registries show what they took only after a while.
     */
    private synchronized void list(Digest subject, Descriptor referrer) throws InterruptedException {
        String tag = referrersTag(subject);
        boolean written = false;
        for (int attempt = 1; attempt <= ATTEMPTS_TO_LIST; attempt++) {
            Optional<Manifest> before = manifests.find(tag);
            if (before.filter(index -> !index.mediaType().equals(MediaTypes.IMAGE_INDEX))
                    .isPresent()) {
                throw FaultException.remote(
                        client.name().withTag(tag) + " should list what refers to an image, and is no index.",
                        "Delete that tag, if nobody needs it.");
            }
            if (before.isPresent()
                    && before.get().manifests().stream()
                            .anyMatch(listed -> listed.digest().equals(referrer.digest()))) {
                return;
            }
            if (before.isPresent() || !written) {
                manifests.put(
                        before.map(index -> index.with(referrer)).orElseGet(() -> Manifest.index(List.of(referrer))),
                        tag);
                written = true;
            }
            if (attempt > 1) {
                Thread.sleep(client.options().policy().pause(attempt, Optional.empty()));
            }
        }
        throw FaultException.remote(
                client.name().withTag(tag) + " was written, and does not show that " + ATTEMPTS_TO_LIST
                        + " times: others change it, or the registry shows an older one.",
                "Try again.");
    }
}
