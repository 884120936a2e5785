package io.metalimages.cli.command;

import io.metalimages.common.FaultException;
import io.metalimages.store.channel.ImageName;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An image with the place that tells what it is called.
 *
 * @param channel where in a store it lies: {@code stable}, or the date of a release; empty if it comes from elsewhere
 */
public record ImagePlace(ImageName name, Optional<String> channel) {

    private static final Pattern RELEASE = Pattern.compile("[0-9]{8}");
    private static final String STABLE = "stable";
    private static final String IMAGES = "images";

    /**
     * An image that is called as a user says, wherever it lies.
     *
     * @param name {@code OS/VERSION}
     * @throws FaultException if it has another form
     */
    public static ImagePlace named(String name) {
        return new ImagePlace(ImageName.parse(name), Optional.empty());
    }

    /**
     * What an image is called by the place where it lies: in the directory of all images, or in a store.
     *
     * @param image a name, a path or a URL, as the user gave it
     * @throws FaultException if the place does not say it
     */
    public static ImagePlace of(String image) {
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
            return new ImagePlace(
                    new ImageName(places.get(end - 2), places.get(end - 1)), Optional.of(isAddress ? before : STABLE));
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
    public String tag() {
        return channel.or(() -> Optional.of(STABLE))
                .filter(place -> place.equals(STABLE) || RELEASE.matcher(place).matches())
                .map(place -> name.version() + "-" + place)
                .orElseThrow(() -> FaultException.wrongInput(
                        name + " lies neither in the channel stable nor in a release, so no tag follows from that.",
                        "Give one: --tag TAG"));
    }
}
