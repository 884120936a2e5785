package io.metalimages.metalapi;

import java.util.Optional;

/** What can be made of an image. */
public enum Feature {
    /** A server for whatever its user wants. */
    MACHINE("machine"),
    /** A server that connects and separates networks. */
    FIREWALL("firewall");

    private final String word;

    Feature(String word) {
        this.word = word;
    }

    /** The feature that metal-api calls so, if this program knows it. */
    public static Optional<Feature> find(String word) {
        for (Feature feature : values()) {
            if (feature.word.equals(word)) {
                return Optional.of(feature);
            }
        }
        return Optional.empty();
    }

    /** The feature of images of that os: of {@code firewall}, and of what begins with {@code firewall-}, the firewall. */
    public static Feature ofOs(String os) {
        return os.equals(FIREWALL.word) || os.startsWith(FIREWALL.word + "-") ? FIREWALL : MACHINE;
    }

    /** How metal-api calls it. */
    public String word() {
        return word;
    }
}
