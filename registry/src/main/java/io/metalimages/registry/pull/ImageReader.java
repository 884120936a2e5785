package io.metalimages.registry.pull;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.JsonDocument;
import io.metalimages.registry.Manifest;
import io.metalimages.registry.MediaTypes;
import io.metalimages.registry.image.ImageConfiguration;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Collectors;

/** Reads what an image is, and of an image for several platforms chooses one. */
public final class ImageReader {

    private static final int LARGEST_DOCUMENT = 4 << 20;
    private static final int MOST_NESTED = 4;

    private final ImagePlatform platform;

    public ImageReader(ImagePlatform platform) {
        this.platform = platform;
    }

    /** What the image's name leads to now. */
    public PulledImage read(ImageSource source) throws IOException, InterruptedException {
        return read(source, source.resolve());
    }

    /**
     * The image that a digest leads to.
     *
     * @throws FaultException if there is none for the platform, or it is no image that can be unpacked
     */
    public PulledImage read(ImageSource source, Digest digest) throws IOException, InterruptedException {
        Digest current = digest;
        for (int depth = 0; depth < MOST_NESTED; depth++) {
            byte[] bytes = source.manifest(current);
            Manifest manifest = Manifest.read(bytes, "The manifest of " + source.name());
            if (!manifest.isIndex()) {
                return image(source, digest, current, manifest);
            }
            current = chosen(source, manifest, platforms(bytes, source)).digest();
        }
        throw FaultException.remote(source.name() + " is an index of indexes of indexes.", null);
    }

    /** Those of the images that an index lists, in its order. */
    private static List<ImagePlatform> platforms(byte[] index, ImageSource source) {
        return JsonDocument.read(index, "The index of " + source.name()).objects("manifests").stream()
                .map(manifest ->
                        manifest.object("platform").map(ImagePlatform::read).orElse(ImagePlatform.UNKNOWN))
                .toList();
    }

    private Descriptor chosen(ImageSource source, Manifest index, List<ImagePlatform> platforms) {
        for (int i = 0; i < platforms.size(); i++) {
            if (platforms.get(i).fits(platform)) {
                return index.manifests().get(i);
            }
        }
        String others = platforms.stream()
                .map(ImagePlatform::toString)
                .filter(name -> !name.startsWith("unknown/") && !name.equals("/"))
                .distinct()
                .map(ForeignText::line)
                .collect(Collectors.joining(", "));
        throw FaultException.wrongInput(
                source.name() + " has no image for " + platform + ", but for " + (others.isEmpty() ? "none" : others)
                        + ".",
                "Take another image, or build on such a machine.");
    }

    private static PulledImage image(ImageSource source, Digest digest, Digest current, Manifest manifest)
            throws IOException, InterruptedException {
        Descriptor description = manifest.configuration()
                .filter(described -> MediaTypes.isImageConfiguration(described.mediaType()))
                .orElseThrow(() -> FaultException.wrongInput(
                        source.name() + " is no image of a file system: it is "
                                + ForeignText.line(manifest.configuration()
                                        .map(Descriptor::mediaType)
                                        .orElse("something without a configuration"))
                                + ".",
                        "Look at the name."));
        ImageConfiguration configuration =
                ImageConfiguration.read(document(source, description), "The configuration of " + source.name());
        if (configuration.layers().size() != manifest.layers().size()) {
            throw FaultException.remote(
                    source.name() + " has " + manifest.layers().size() + " layers, and its configuration says "
                            + configuration.layers().size() + ".",
                    null);
        }
        return new PulledImage(source.name(), digest, current, configuration, manifest.layers());
    }

    private static byte[] document(ImageSource source, Descriptor description)
            throws IOException, InterruptedException {
        if (description.size() > LARGEST_DOCUMENT) {
            throw FaultException.remote(
                    "The configuration of " + source.name() + " has " + description.size() + " bytes, and at most "
                            + LARGEST_DOCUMENT + " are read.",
                    null);
        }
        try (InputStream input = source.open(description)) {
            return input.readAllBytes();
        }
    }
}
