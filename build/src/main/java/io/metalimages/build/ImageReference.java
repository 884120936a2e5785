package io.metalimages.build;

/**
 * An image's name as {@code FROM} has it: {@code debian:bookworm}.
 *
 * @param repository without a tag, {@code docker.io/library/} left out
 * @param tag {@code latest} if there is none
 */
record ImageReference(String repository, String tag) {

    static ImageReference parse(String text) {
        String withoutDigest = text.replaceFirst("@.*$", "");
        int colon = withoutDigest.lastIndexOf(':');
        boolean tagged = colon > withoutDigest.lastIndexOf('/');
        String repository = tagged ? withoutDigest.substring(0, colon) : withoutDigest;
        return new ImageReference(
                repository.replaceFirst("^(docker\\.io/)?(library/)?", ""),
                tagged ? withoutDigest.substring(colon + 1) : "latest");
    }
}
