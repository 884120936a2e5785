package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An image as a channel's index tells of it.
 *
 * @param published when it was, to the second
 * @param commit what it was built from: the full hash of a git commit, if it is known
 * @param tested whether exactly this image passed its full test
 * @param standIn what its packages really are, if it was made from a stand-in for a distribution's archive
 * @param files in the order in which they are to be seen by their plain names
 */
public record PublishedImage(
        ImageName name,
        Instant published,
        Optional<String> commit,
        boolean tested,
        Optional<String> standIn,
        List<PublishedFile> files) {

    /** What tells of its test, and may be another one for the same image. */
    static final Set<String> TEST_RESULTS =
            Set.of(ArtifactLocation.TEST_RESULT, ArtifactLocation.TEST_RESULT_SIGNATURE);

    /**
     * A file of an image.
     *
     * @param name its plain name: {@code img.tar.lz4}
     */
    public record PublishedFile(String name, Fingerprint fingerprint) {

        /** The object with its content. */
        public ObjectKey key() {
            return StoreLayout.object(fingerprint.sha256());
        }
    }

    public PublishedImage {
        files = List.copyOf(files);
    }

    /** The file with this plain name, if there is one. */
    public Optional<PublishedFile> file(String name) {
        return files.stream().filter(file -> file.name().equals(name)).findFirst();
    }

    /** Whether both have the same files, whatever tests they have. */
    boolean isSameBuildAs(PublishedImage other) {
        return built().equals(other.built());
    }

    private List<PublishedFile> built() {
        return files.stream()
                .filter(file -> !TEST_RESULTS.contains(file.name()))
                .toList();
    }

    /** Whether its provenance is signed. */
    public boolean isSigned() {
        return file(ArtifactLocation.SIGNATURE).isPresent();
    }

    /** Tells it from every other image: the digest of what an index says of it. */
    public Digest identity() {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        ChannelIndex.write(this, node);
        return Digest.of(node.toString());
    }

    /** The size of all its files together. */
    public long bytes() {
        return files.stream().mapToLong(file -> file.fingerprint().bytes()).sum();
    }

    /** What {@link ObjectStore#project} is to show. */
    SequencedMap<String, ObjectKey> sources() {
        SequencedMap<String, ObjectKey> sources = new LinkedHashMap<>();
        files.forEach(file -> sources.put(file.name(), file.key()));
        return sources;
    }
}
