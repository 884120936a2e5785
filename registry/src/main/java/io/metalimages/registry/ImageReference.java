package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where an image is: {@code quay.io/metalstack/debian:12-stable}, {@code localhost:5000/debian@sha256:…}. The forms of
 * repository and tag are those of the OCI distribution specification 1.1; a registry is always named, but in a Dockerfile,
 * see {@link #parseFamiliar}.
 *
 * @param registry a host in lower case, with its port where that is not the usual one; IPv6 addresses are in brackets
 * @param repository all between the registry and the tag
 * @param tag empty if the digest alone says which image is meant, or if none is said
 * @param digest of the manifest; empty if the tag says which image is meant
 */
public record ImageReference(String registry, String repository, Optional<String> tag, Optional<Digest> digest) {

    /** The most characters of registry and repository together, as the specification advises. */
    private static final int LONGEST_NAME = 255;

    private static final int LONGEST = 1024;
    private static final int HIGHEST_PORT = 65535;

    private static final String LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
    private static final Pattern REGISTRY =
            Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-f:.]+\\])(?::([0-9]{1,5}))?");
    private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    private static final Pattern REPOSITORY = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
    private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
    private static final Pattern DIGEST = Pattern.compile("sha256:([0-9a-f]{64})");

    private static final String FAMILIAR_REGISTRY = "docker.io";
    private static final String FAMILIAR_NAMESPACE = "library";

    private static final String NEXT_STEP = "Give one such as quay.io/NAMESPACE/debian:12-stable.";

    /**
     * Looks at the form of each part.
     *
     * @throws FaultException if a part does not have its form
     */
    public ImageReference {
        registry = registry.toLowerCase(Locale.ROOT);
        if (registry.length() + 1 + repository.length() > LONGEST_NAME) {
            throw wrong(registry + "/" + repository, "it is longer than " + LONGEST_NAME + " characters");
        }
        if (!isRegistry(registry)) {
            throw wrong(registry + "/" + repository, "\"" + registry + "\" is no host of a registry");
        }
        if (!REPOSITORY.matcher(repository).matches()) {
            throw wrong(
                    registry + "/" + repository,
                    "\"" + repository
                            + "\" is no repository: lower-case letters and digits, with single dots, dashes or"
                            + " underscores between them");
        }
        tag.filter(name -> !isTag(name)).ifPresent(name -> {
            throw wrongTag(name);
        });
    }

    /**
     * Reads {@code REGISTRY/REPOSITORY[:TAG][@DIGEST]}.
     *
     * @throws FaultException if {@code text} does not have that form
     */
    public static ImageReference parse(String text) {
        if (text.length() > LONGEST) {
            throw wrong(text.substring(0, 60) + "…", "it is longer than " + LONGEST + " characters");
        }
        int at = text.indexOf('@');
        Optional<Digest> digest = at < 0 ? Optional.empty() : Optional.of(digest(text, text.substring(at + 1)));
        String name = at < 0 ? text : text.substring(0, at);
        int slash = name.indexOf('/');
        if (slash < 0) {
            throw wrong(text, "it names no registry and repository");
        }
        int colon = name.indexOf(':', name.lastIndexOf('/'));
        Optional<String> tag = colon < 0 ? Optional.empty() : Optional.of(name.substring(colon + 1));
        return new ImageReference(
                name.substring(0, slash), name.substring(slash + 1, colon < 0 ? name.length() : colon), tag, digest);
    }

    /**
     * Reads a name as {@code FROM} has it: {@code debian:bookworm} is {@code docker.io/library/debian:bookworm}. A first
     * component that has neither a dot nor a colon, and is not {@code localhost}, belongs to the repository.
     *
     * @throws FaultException if {@code text} does not have the form of a name
     */
    public static ImageReference parseFamiliar(String text) {
        int slash = text.indexOf('/');
        if (slash > 0 && isRegistry(text.substring(0, slash)) && !text.startsWith(FAMILIAR_REGISTRY + "/")) {
            return parse(text);
        }
        String path = text.startsWith(FAMILIAR_REGISTRY + "/") ? text.substring(slash + 1) : text;
        return parse(FAMILIAR_REGISTRY + "/" + (path.contains("/") ? "" : FAMILIAR_NAMESPACE + "/") + path);
    }

    /** Whether it is the image that {@code FROM repository} names. */
    public boolean isFamiliar(String familiarRepository) {
        return registry.equals(FAMILIAR_REGISTRY) && repository.equals(FAMILIAR_NAMESPACE + "/" + familiarRepository);
    }

    private static Digest digest(String text, String written) {
        var matcher = DIGEST.matcher(written);
        if (!matcher.matches()) {
            throw wrong(text, "what follows \"@\" is no digest: sha256: and 64 lower-case hexadecimal digits");
        }
        return new Digest(matcher.group(1));
    }

    private static boolean isRegistry(String text) {
        var matcher = REGISTRY.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        String port = matcher.group(1);
        boolean portIsRight = port == null || (Integer.parseInt(port) > 0 && Integer.parseInt(port) <= HIGHEST_PORT);
        // A lone word would rather be somebody's namespace on a registry that was left out.
        return portIsRight && (text.contains(".") || text.contains(":") || text.equals("localhost"));
    }

    /** Whether a registry takes {@code text} for a tag. */
    public static boolean isTag(String text) {
        return TAG.matcher(text).matches();
    }

    /**
     * The tag itself.
     *
     * @throws FaultException if {@code text} is no tag
     */
    public static String requireTag(String text) {
        if (!isTag(text)) {
            throw wrongTag(text);
        }
        return text;
    }

    public ImageReference withTag(String otherTag) {
        return new ImageReference(registry, repository, Optional.of(otherTag), digest);
    }

    /** The same repository, and in it the image with this digest, whatever its tags are. */
    public ImageReference at(Digest otherDigest) {
        return new ImageReference(registry, repository, Optional.empty(), Optional.of(otherDigest));
    }

    @Override
    public String toString() {
        return registry + "/" + repository + tag.map(name -> ":" + name).orElse("")
                + digest.map(value -> "@sha256:" + value.hex()).orElse("");
    }

    private static FaultException wrong(String text, String reason) {
        return FaultException.wrongInput("\"" + text + "\" is no name of an image: " + reason + ".", NEXT_STEP);
    }

    private static FaultException wrongTag(String text) {
        return FaultException.wrongInput(
                "\"" + text + "\" is no tag: letters, digits, dots, dashes and underscores, at most 128 of them, and"
                        + " neither a dot nor a dash first.",
                "Give one such as 12-stable.");
    }
}
