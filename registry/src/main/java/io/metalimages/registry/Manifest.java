package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A manifest or an index, byte by byte as a registry keeps it. Immutable. */
public final class Manifest {

    /** What registries have to take at least, and what is taken from them at most. */
    static final int LARGEST = 4 << 20;

    private final String mediaType;
    private final byte[] bytes;
    private final JsonDocument document;

    private Manifest(String mediaType, byte[] bytes, JsonDocument document) {
        this.mediaType = mediaType;
        this.bytes = bytes;
        this.document = document;
    }

    /**
     * A manifest that came from a registry.
     *
     * @throws FaultException if it is none, or says that it is of another type
     */
    static Manifest received(String mediaType, byte[] bytes, String origin) {
        JsonDocument document = JsonDocument.read(bytes, origin);
        document.optionalText("mediaType")
                .filter(type -> !type.equals(mediaType))
                .ifPresent(type -> {
                    throw FaultException.remote(
                            origin + " says that it is " + ForeignText.line(type) + ", and was sent as " + mediaType
                                    + ".",
                            null);
                });
        return new Manifest(mediaType, bytes.clone(), document);
    }

    /**
     * A manifest that is kept without its type.
     *
     * @throws FaultException if it is none
     */
    public static Manifest read(byte[] bytes, String origin) {
        JsonDocument document = JsonDocument.read(bytes, origin);
        String type = document.optionalText("mediaType")
                .orElse(document.objects("manifests").isEmpty() ? MediaTypes.IMAGE_MANIFEST : MediaTypes.IMAGE_INDEX);
        if (!MediaTypes.MANIFESTS.contains(type)) {
            throw FaultException.remote(origin + " is of the type \"" + ForeignText.line(type) + "\".", null);
        }
        return new Manifest(type, bytes.clone(), document);
    }

    private static Manifest made(String mediaType, Map<String, Object> members) {
        byte[] bytes = JsonDocument.write(members);
        return new Manifest(mediaType, bytes, JsonDocument.read(bytes, "This manifest"));
    }

    /** The manifest of an image, see the OCI image specification's manifest.md. */
    public static Manifest image(Descriptor configuration, List<Descriptor> layers, Map<String, String> annotations) {
        Map<String, Object> members = beginning(MediaTypes.IMAGE_MANIFEST);
        members.put("config", configuration.members());
        members.put("layers", layers.stream().map(Descriptor::members).toList());
        annotate(members, annotations);
        return made(MediaTypes.IMAGE_MANIFEST, members);
    }

    /** The manifest of one file that refers to an image, as manifest.md advises for what is no image itself. */
    static Manifest referrer(
            String artifactType,
            Descriptor configuration,
            Descriptor file,
            Descriptor subject,
            Map<String, String> annotations) {
        Map<String, Object> members = beginning(MediaTypes.IMAGE_MANIFEST);
        members.put("artifactType", artifactType);
        return referring(members, configuration, file, subject, annotations);
    }

    /** The same for registries that do not know {@code artifactType}: then the configuration's type counts. */
    static Manifest typedByConfiguration(
            Descriptor configuration, Descriptor file, Descriptor subject, Map<String, String> annotations) {
        return referring(beginning(MediaTypes.IMAGE_MANIFEST), configuration, file, subject, annotations);
    }

    private static Manifest referring(
            Map<String, Object> members,
            Descriptor configuration,
            Descriptor file,
            Descriptor subject,
            Map<String, String> annotations) {
        members.put("config", configuration.members());
        members.put("layers", List.of(file.members()));
        members.put("subject", new Descriptor(subject.mediaType(), subject.digest(), subject.size()).members());
        annotate(members, annotations);
        return made(MediaTypes.IMAGE_MANIFEST, members);
    }

    /** An index, see image-index.md. */
    static Manifest index(List<Descriptor> manifests) {
        Map<String, Object> members = beginning(MediaTypes.IMAGE_INDEX);
        members.put("manifests", manifests.stream().map(Descriptor::members).toList());
        return made(MediaTypes.IMAGE_INDEX, members);
    }

    /** This index with one more manifest at its end; all else that is in it stays, known here or not. */
    Manifest with(Descriptor further) {
        Map<String, Object> members = document.members();
        List<Object> manifests = new ArrayList<>();
        if (members.get("manifests") instanceof List<?> before) {
            manifests.addAll(before);
        }
        manifests.add(further.members());
        members.put("manifests", manifests);
        return made(mediaType, members);
    }

    private static Map<String, Object> beginning(String mediaType) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("schemaVersion", 2);
        members.put("mediaType", mediaType);
        return members;
    }

    private static void annotate(Map<String, Object> members, Map<String, String> annotations) {
        if (!annotations.isEmpty()) {
            members.put("annotations", new TreeMap<>(annotations));
        }
    }

    public String mediaType() {
        return mediaType;
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    public Digest digest() {
        return Digest.of(bytes);
    }

    public Descriptor descriptor() {
        return new Descriptor(mediaType, digest(), bytes.length);
    }

    /** Whether it lists images, one a platform. */
    public boolean isIndex() {
        return MediaTypes.isIndex(mediaType);
    }

    /** The configuration; empty for an index. */
    public Optional<Descriptor> configuration() {
        return document.object("config").map(Descriptor::read);
    }

    /** Layers of an image, or files of a referrer; empty for an index. */
    public List<Descriptor> layers() {
        return read("layers");
    }

    /** What an index lists; empty for others. */
    public List<Descriptor> manifests() {
        return read("manifests");
    }

    private List<Descriptor> read(String member) {
        return document.objects(member).stream().map(Descriptor::read).toList();
    }

    /** What this refers to. */
    public Optional<Descriptor> subject() {
        return document.object("subject").map(Descriptor::read);
    }

    public Map<String, String> annotations() {
        return document.textMap("annotations");
    }

    /** How a list of referrers describes this: with its type, or else that of its configuration, and its annotations. */
    Descriptor asReferrer() {
        Optional<String> type = document.optionalText("artifactType")
                .filter(text -> !text.isEmpty())
                .or(() -> configuration().map(Descriptor::mediaType));
        return new Descriptor(mediaType, digest(), bytes.length, type, annotations());
    }
}
