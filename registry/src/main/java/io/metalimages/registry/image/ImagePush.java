package io.metalimages.registry.image;

import io.metalimages.registry.Attachment;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.JsonDocument;
import io.metalimages.registry.Manifest;
import io.metalimages.registry.MediaTypes;
import io.metalimages.registry.Repository;
import io.metalimages.registry.TransferProgress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Brings an image of one layer to a repository: blobs first, then the manifest, then what refers to it, the tags last. So
 * who finds the image by a tag finds all of it, and a push that was cut short has changed no tag. Doing it again is harmless,
 * and sends only what is missing. The same layer and description give the same digest. Thread-safe.
 */
public final class ImagePush {

    private static final String SYSTEM = "linux";

    private final Repository repository;

    public ImagePush(Repository repository) {
        this.repository = repository;
    }

    /**
     * Pushes an image.
     *
     * @param tags none is a fault, as an image can be found by its digest
     * @param attachments files that are to refer to it
     * @param progress hears of the layer
     * @throws IOException if a file cannot be read
     */
    public PushedImage push(
            Layer layer,
            ImageDescription description,
            List<String> tags,
            List<Attachment> attachments,
            TransferProgress progress)
            throws IOException, InterruptedException {
        tags.forEach(ImageReference::requireTag);
        byte[] configuration = configuration(layer, description);
        Descriptor configurationDescriptor = Descriptor.of(MediaTypes.IMAGE_CONFIGURATION, configuration);
        boolean layerWasThere = repository.blobs().contains(layer.descriptor());
        repository.blobs().upload(layer.descriptor(), layer.file(), progress);
        repository.blobs().upload(configurationDescriptor, configuration);
        Manifest manifest =
                Manifest.image(configurationDescriptor, List.of(layer.descriptor()), description.annotations());
        Descriptor image = repository.manifests().put(manifest);
        List<Descriptor> referrers = new ArrayList<>();
        for (Attachment attachment : attachments) {
            referrers.add(repository.referrers().attach(image, attachment));
        }
        repository.tags().set(manifest, tags);
        return new PushedImage(repository.name().at(image.digest()), tags, image, layer, layerWasThere, referrers);
    }

    /** See the OCI image specification's config.md. */
    private static byte[] configuration(Layer layer, ImageDescription description) {
        String created = description.created().toString();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("created", created);
        members.put("architecture", description.architecture());
        members.put("os", SYSTEM);
        members.put("config", Map.of("Labels", new TreeMap<>(description.annotations())));
        Map<String, Object> files = new LinkedHashMap<>();
        files.put("type", "layers");
        files.put("diff_ids", List.of(Descriptor.written(layer.plainDigest())));
        members.put("rootfs", files);
        Map<String, Object> origin = new LinkedHashMap<>();
        origin.put("created", created);
        origin.put("created_by", "metal-images");
        members.put("history", List.of(origin));
        return JsonDocument.write(members);
    }
}
