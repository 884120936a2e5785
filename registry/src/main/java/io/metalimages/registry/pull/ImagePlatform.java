package io.metalimages.registry.pull;

import io.metalimages.registry.JsonDocument;

/**
 * What an image is for, as Go names it.
 *
 * @param variant of the architecture; empty for the usual one
 */
public record ImagePlatform(String operatingSystem, String architecture, String variant) {

    /** Of what is no image, such as an attestation, or does not say. */
    static final ImagePlatform UNKNOWN = new ImagePlatform("", "", "");

    static ImagePlatform read(JsonDocument document) {
        return new ImagePlatform(
                document.optionalText("os").orElse(""),
                document.optionalText("architecture").orElse(""),
                document.optionalText("variant").orElse(""));
    }

    /** Whether it is the same, an architecture's first variant being the usual one. */
    public boolean fits(ImagePlatform wanted) {
        return operatingSystem.equals(wanted.operatingSystem)
                && architecture.equals(wanted.architecture)
                && usualVariant().equals(wanted.usualVariant());
    }

    private String usualVariant() {
        boolean usual = switch (architecture) {
            case "amd64" -> variant.equals("v1");
            case "arm64" -> variant.equals("v8");
            default -> false;
        };
        return usual ? "" : variant;
    }

    @Override
    public String toString() {
        return operatingSystem + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
