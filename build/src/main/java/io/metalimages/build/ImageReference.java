package io.metalimages.build;

import java.util.Optional;

/**
 * An image's name as {@code FROM} has it: {@code debian:bookworm}.
 *
 * @param repository without a tag, {@code docker.io/library/} left out
 * @param tag {@code latest} if there is none
 * @param digest what stands after an {@code @}
 */
record ImageReference(String repository, String tag, Optional<String> digest) {

    static ImageReference parse(String text) {
        int at = text.indexOf('@');
        String withoutDigest = withoutDigest(text);
        int colon = withoutDigest.lastIndexOf(':');
        boolean tagged = colon > withoutDigest.lastIndexOf('/');
        String repository = tagged ? withoutDigest.substring(0, colon) : withoutDigest;
        return new ImageReference(
                repository.replaceFirst("^(docker\\.io/)?(library/)?", ""),
                tagged ? withoutDigest.substring(colon + 1) : "latest",
                at < 0 ? Optional.empty() : Optional.of(text.substring(at + 1)));
    }

    static String withoutDigest(String text) {
        int at = text.indexOf('@');
        return at < 0 ? text : text.substring(0, at);
    }
}
