package io.metalimages.metalapi;

import java.util.Optional;

/** How far an image can be relied on. It informs; metal-api gives a machine any of them. */
public enum Classification {
    /** New. */
    PREVIEW("preview"),
    /** To be used. */
    SUPPORTED("supported"),
    /** To be replaced. */
    DEPRECATED("deprecated");

    private final String word;

    Classification(String word) {
        this.word = word;
    }

    /** The classification that metal-api calls so, if this program knows it. */
    public static Optional<Classification> find(String word) {
        for (Classification classification : values()) {
            if (classification.word.equals(word)) {
                return Optional.of(classification);
            }
        }
        return Optional.empty();
    }

    /** How metal-api calls it. */
    public String word() {
        return word;
    }
}
