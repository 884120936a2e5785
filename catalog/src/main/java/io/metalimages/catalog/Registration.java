package io.metalimages.catalog;

import io.metalimages.metalapi.Classification;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageId;
import io.metalimages.store.channel.PublicUrl;
import java.util.Optional;

/**
 * What metal-api is to be told of a build.
 *
 * @param id of a build that is no release: with the day on which it was published
 * @param url where machines fetch it
 */
record Registration(ImageId id, String url, String name, Feature feature, Classification classification) {

    /** Empty for a version that metal-api can have no id for, and for what nobody should use any more. */
    static Optional<Registration> of(CatalogImage image, BuildDetails details, PublicUrl address) {
        Build build = details.build();
        if (build.withdrawn().isPresent()) {
            return Optional.empty();
        }
        return ImageId.findRelease(image.name().os(), image.name().version(), build.date())
                .map(id -> new Registration(
                        id,
                        address.of(details.place(details.tarball())),
                        image.words() + " " + build.label(),
                        image.feature(),
                        image.supported() && build.isRelease() ? Classification.SUPPORTED : Classification.PREVIEW));
    }

    /** For a shell. */
    String command() {
        return """
                metalctl image create \\
                  --id %s \\
                  --url %s \\
                  --name "%s" \\
                  --description "%s" \\
                  --features %s""".formatted(id, url, name, name, feature.word());
    }

    /** For {@code metalctl image apply --file}; metal-api's V1ImageCreateRequest. */
    String yaml() {
        return """
                id: %s
                name: %s
                description: %s
                url: %s
                features:
                  - %s
                classification: %s""".formatted(id, name, name, url, feature.word(), classification.word());
    }
}
