package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What some content is, by the OCI image specification's descriptor.md. Only SHA-256 is known here.
 *
 * @param size in bytes, at least 0
 * @param artifactType what a referrer is good for; empty for others
 */
public record Descriptor(
        String mediaType, Digest digest, long size, Optional<String> artifactType, Map<String, String> annotations) {

    private static final String ALGORITHM = "sha256:";

    public Descriptor {
        annotations = Map.copyOf(annotations);
    }

    public Descriptor(String mediaType, Digest digest, long size) {
        this(mediaType, digest, size, Optional.empty(), Map.of());
    }

    public static Descriptor of(String mediaType, byte[] content) {
        return new Descriptor(mediaType, Digest.of(content), content.length);
    }

    /** @throws FaultException if it is no descriptor, or one with another digest than SHA-256 */
    static Descriptor read(JsonDocument document) {
        long size = document.number("size");
        String digest = document.text("digest");
        return new Descriptor(
                document.text("mediaType"),
                parse(digest)
                        .filter(known -> size >= 0)
                        .orElseThrow(() -> FaultException.remote(
                                "The registry describes content by the digest \"" + ForeignText.line(digest)
                                        + "\" and a size of " + size + " bytes, which is not understood here.",
                                null)),
                size,
                document.optionalText("artifactType"),
                document.textMap("annotations"));
    }

    Map<String, Object> members() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("mediaType", mediaType);
        members.put("digest", written(digest));
        members.put("size", size);
        artifactType.ifPresent(type -> members.put("artifactType", type));
        if (!annotations.isEmpty()) {
            members.put("annotations", new TreeMap<>(annotations));
        }
        return members;
    }

    /** {@code sha256:…}, as registries write digests. */
    public static String written(Digest digest) {
        return ALGORITHM + digest.hex();
    }

    /** The digest that is written so; empty if it is none, or of another algorithm. */
    public static Optional<Digest> parse(String written) {
        return written.matches(ALGORITHM + "[0-9a-f]{64}")
                ? Optional.of(new Digest(written.substring(ALGORITHM.length())))
                : Optional.empty();
    }
}
