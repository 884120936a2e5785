package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectKey;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image in a channel.
 *
 * @param os lower-case letters, digits, and dots, hyphens or underscores between them: {@code debian}
 * @param version of the same form: {@code 12}, {@code 3.0-ubuntu}
 */
public record ImageName(String os, String version) implements Comparable<ImageName> {

    private static final String SEGMENT = "[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?";
    private static final Pattern FORM = Pattern.compile("(" + SEGMENT + ")/(" + SEGMENT + ")");

    /** @throws FaultException if one of them has another form */
    public ImageName {
        if (!FORM.matcher(os + "/" + version).matches()) {
            throw FaultException.wrongInput(
                    "No image in a store can be named \"" + ObjectKey.shown(os + "/" + version) + "\".",
                    "Name it OS/VERSION, as in debian/12: lower-case letters, digits, and . _ - between them.");
        }
    }

    /**
     * The image of that name.
     *
     * @param name {@code debian/12}
     * @throws FaultException if it has another form
     */
    public static ImageName parse(String name) {
        Matcher matcher = FORM.matcher(name);
        return matcher.matches()
                ? new ImageName(matcher.group(1), matcher.group(2))
                : new ImageName(name.replaceFirst("/.*", ""), name.replaceFirst("^[^/]*/?", ""));
    }

    /** Whether {@code name} has the form of {@code debian/12}. */
    public static boolean isValid(String name) {
        return FORM.matcher(name).matches();
    }

    @Override
    public int compareTo(ImageName other) {
        return Comparator.comparing(ImageName::os)
                .thenComparing(ImageName::version)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return os + "/" + version;
    }
}
