package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.registry.ImageReference;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The contexts that a build was given by name. Names are those of images: {@code debian}, {@code debian:latest} and {@code
 * docker.io/library/debian} are one.
 */
final class NamedContexts {

    private static final String LATEST = "latest";

    private final Map<String, Named> contexts = new HashMap<>();

    /**
     * A context.
     *
     * @param name as it was given
     * @param value a directory, {@code docker-image://} and an image, or {@code oci-layout://} and a path
     */
    record Named(String name, String value) {

        private static final String IMAGE = "docker-image://";
        private static final String LAYOUT = "oci-layout://";

        /** The image that this is, if it is one. */
        Optional<String> image() {
            return after(IMAGE);
        }

        /** The image in an OCI image layout that this is, if it is one. */
        Optional<String> layout() {
            return after(LAYOUT);
        }

        boolean isDirectory() {
            return image().isEmpty() && layout().isEmpty();
        }

        private Optional<String> after(String scheme) {
            return value.startsWith(scheme) ? Optional.of(value.substring(scheme.length())) : Optional.empty();
        }
    }

    /** @param given values by name */
    NamedContexts(Map<String, String> given) {
        given.forEach((name, value) -> contexts.put(normalized(name), new Named(name, value)));
    }

    Optional<Named> find(String name) {
        return Optional.ofNullable(contexts.get(normalized(name)));
    }

    private static String normalized(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        try {
            ImageReference reference = ImageReference.parseFamiliar(lowerCase);
            return reference.tag().isEmpty() && reference.digest().isEmpty()
                    ? reference + ":" + LATEST
                    : reference.toString();
        } catch (FaultException noImage) {
            return lowerCase;
        }
    }
}
