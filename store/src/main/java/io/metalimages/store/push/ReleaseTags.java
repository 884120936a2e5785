package io.metalimages.store.push;

import io.metalimages.common.FaultException;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.Manifest;
import io.metalimages.registry.Registry;
import io.metalimages.registry.RegistryOptions;
import io.metalimages.registry.Repository;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Release;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The tags that a release gives to those images in a registry that were made of the same tarballs. */
public final class ReleaseTags implements AutoCloseable {

    private static final String LATEST = "latest";

    /** From old to new, by the numbers in a version: of an os the last one is what {@code latest} means. */
    private static final Comparator<PublishedImage> BY_VERSION =
            Comparator.comparing((PublishedImage image) -> numbers(image.name()), Arrays::compare);

    private final String namespace;
    private final Registry registry;

    /** @param namespace with the registry before it */
    public ReleaseTags(String namespace, RegistryOptions options, CredentialFiles credentials) {
        this.namespace = namespace.replaceFirst("/+$", "");
        ImageReference any = ImageReference.parse(this.namespace + "/any");
        this.registry = new Registry(any.registry(), options, credentials);
    }

    /**
     * An image that gets tags.
     *
     * @param reference by its digest
     */
    public record TaggedImage(ImageName name, ImageReference reference, List<String> tags) {}

    private static long[] numbers(ImageName name) {
        return Arrays.stream(name.version().split("[^0-9]+", -1))
                .filter(number -> !number.isEmpty() && number.length() < 18)
                .mapToLong(Long::parseLong)
                .toArray();
    }

    /**
     * Finds the images of a release, and the tags that each gets. What a later release has keeps {@code VERSION} and
     * {@code latest}.
     *
     * @throws FaultException if an image is not there, or is not the one of the release
     */
    public List<TaggedImage> find(Release release) throws InterruptedException {
        Map<String, PublishedImage> latest = release.images().stream()
                .collect(Collectors.toMap(
                        image -> image.name().os(),
                        image -> image,
                        (one, other) -> BY_VERSION.compare(one, other) > 0 ? one : other));
        List<TaggedImage> found = new ArrayList<>();
        for (PublishedImage image : release.images()) {
            String version = image.name().version();
            String dated = version + "-" + release.channel().path();
            Repository repository = repository(image.name());
            Manifest manifest = find(image, repository, dated, version + "-stable");
            List<String> tags = new ArrayList<>(List.of(dated));
            if (release.newest().contains(image.name())) {
                tags.add(version);
                if (image.equals(latest.get(image.name().os()))) {
                    tags.add(LATEST);
                }
            }
            found.add(new TaggedImage(image.name(), repository.name().at(manifest.digest()), List.copyOf(tags)));
        }
        return List.copyOf(found);
    }

    private Repository repository(ImageName name) {
        return registry.repository(
                ImageReference.parse(namespace + "/" + name.os()).repository());
    }

    private static Manifest find(PublishedImage image, Repository repository, String dated, String stable)
            throws InterruptedException {
        Optional<Manifest> released = repository.manifests().find(dated);
        if (released.isPresent()) {
            return released.filter(manifest -> isMadeOf(image, manifest))
                    .orElseThrow(() -> FaultException.wrongInput(
                            repository.name().withTag(dated) + " is another image than " + image.name()
                                    + " of this release.",
                            "Look at how it got this tag, and take the tag away there."));
        }
        ImageReference source = repository.name().withTag(stable);
        String again = "Push the image of this release, and release again: metal-images push " + image.name();
        Manifest manifest = repository
                .manifests()
                .find(stable)
                .orElseThrow(() -> FaultException.wrongInput("There is no " + source + ".", again));
        if (!isMadeOf(image, manifest)) {
            throw FaultException.wrongInput(
                    source
                            + (manifest.annotations().containsKey(ImagePusher.TARBALL)
                                    ? " was made of another tarball than "
                                    : " does not say which tarball it was made of; it should be ")
                            + image.name() + " of this release, whose SHA-256 is " + sha256(image) + ".",
                    again);
        }
        return manifest;
    }

    private static boolean isMadeOf(PublishedImage image, Manifest manifest) {
        return sha256(image).equals(manifest.annotations().get(ImagePusher.TARBALL));
    }

    private static String sha256(PublishedImage image) {
        return image.files().getFirst().fingerprint().sha256().hex();
    }

    /** Sets the tags, one after the other; those that are set already are no fault. */
    public void set(List<TaggedImage> images) throws InterruptedException {
        for (TaggedImage image : images) {
            repository(image.name()).tags().set(image.reference().digest().orElseThrow(), image.tags());
        }
    }

    @Override
    public void close() {
        registry.close();
    }
}
