package io.metalimages.cli;

import io.metalimages.engine.FaultException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an image is called: {@code debian/12}.
 *
 * @param channel where in a store it lies: {@code stable}, or the date of a release; empty if it comes from elsewhere
 */
record ImageName(String os, String version, Optional<String> channel) {

    private static final Pattern NAME = Pattern.compile("([a-z0-9][a-z0-9._-]*)/([A-Za-z0-9_][A-Za-z0-9._-]*)");
    private static final Pattern RELEASE = Pattern.compile("[0-9]{8}");
    private static final String STABLE = "stable";
    private static final String IMAGES = "images";

    /** @param name {@code OS/VERSION} as a user wrote it */
    static ImageName parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw FaultException.wrongInput(
                    "\"" + name + "\" is no name of an image.", "Give OS/VERSION, such as debian/12.");
        }
        return new ImageName(matcher.group(1), matcher.group(2), Optional.empty());
    }

    /**
     * What an image is called by the place where it lies: in the directory of all images, or in a store.
     *
     * @param image a name, a path or a URL, as the user gave it
     * @throws FaultException if the place does not say it
     */
    static ImageName of(String image) {
        boolean isAddress = image.contains("://");
        List<String> places = Stream.of(image.replaceFirst("[?#].*$", "").split("/"))
                .filter(place -> !place.isEmpty() && !place.equals("."))
                .toList();
        if (!places.isEmpty() && places.getLast().endsWith("lz4")) {
            places = places.subList(0, places.size() - 1);
        }
        int end = places.size();
        String before = end >= 3 ? places.get(end - 3) : "";
        if (end >= 2 && (isAddress || end == 2 || before.equals(IMAGES))) {
            String name = places.get(end - 2) + "/" + places.get(end - 1);
            if (NAME.matcher(name).matches()) {
                ImageName found = parse(name);
                return new ImageName(found.os(), found.version(), Optional.of(isAddress ? before : STABLE));
            }
        }
        throw FaultException.wrongInput(
                "What " + image + " is called cannot be told from where it lies.",
                "Say it, for instance: --name debian/12");
    }

    /**
     * The tag that it gets where nothing else is said: {@code 12-stable}, {@code 12-20260101}.
     *
     * @throws FaultException if there is none
     */
    String tag() {
        return channel.or(() -> Optional.of(STABLE))
                .filter(place -> place.equals(STABLE) || RELEASE.matcher(place).matches())
                .map(place -> version + "-" + place)
                .orElseThrow(() -> FaultException.wrongInput(
                        this + " lies neither in the channel stable nor in a release, so no tag follows from that.",
                        "Give one: --tag TAG"));
    }

    @Override
    public String toString() {
        return os + "/" + version;
    }
}
