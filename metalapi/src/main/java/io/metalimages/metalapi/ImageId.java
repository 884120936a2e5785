package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What metal-api calls an image: {@code debian-12.0.20230710}. The version is what stands behind the last hyphen.
 *
 * <p>An id whose version has no patch, such as {@code debian-12}, asks for the most recent image of that major and minor
 * version; see {@link #mostRecent}.
 *
 * @param os all before the last hyphen: {@code debian}, {@code firewall-ubuntu}
 */
public record ImageId(String os, ImageVersion version) {

    private static final Pattern STORE_VERSION = Pattern.compile("([0-9]+)(?:\\.([0-9]+))?(-.+)?");
    private static final Pattern DAY = Pattern.compile("[0-9]{8}");

    /**
     * Reads an id by metal-api's rules.
     *
     * @throws FaultException if it has no hyphen, or no version behind its last one
     */
    public static ImageId parse(String id) {
        return find(id).orElseThrow(() -> FaultException.wrongInput(
                "\"" + id + "\" is no id of an image.",
                "An id is OS-MAJOR.MINOR.PATCH, as in debian-12.0.20230710; for the most recent one, without .PATCH."));
    }

    /** The id that the text is by metal-api's rules, if it is one. */
    public static Optional<ImageId> find(String id) {
        int hyphen = id.lastIndexOf('-');
        String version = id.substring(hyphen + 1);
        return hyphen >= 0 && ImageVersion.isValid(version)
                ? Optional.of(new ImageId(id.substring(0, hyphen), new ImageVersion(version)))
                : Optional.empty();
    }

    /**
     * The id of an image that was released: of {@code debian} and {@code 12} {@code debian-12.0.20230710}, of {@code
     * firewall} and {@code 3.0-ubuntu} {@code firewall-ubuntu-3.0.20230710}. Of {@code 22.04} the id
     * has {@code 22.4}: since March 2025 metal-api refuses numbers that begin with 0.
     *
     * @param os as in the path of an image in a store
     * @param version likewise: a major version, or a major and minor one, and maybe a hyphen and the name of a variant
     * @throws FaultException if the version has another form, or would have a patch beside the day
     */
    public static ImageId ofRelease(String os, String version, LocalDate day) {
        return findRelease(os, version, day)
                .orElseThrow(
                        () -> FaultException.wrongInput(
                                os + "/" + version + " cannot have an id in metal-api: an id is OS-MAJOR.MINOR.DAY.",
                                "Name the version MAJOR, MAJOR.MINOR or MAJOR.MINOR-VARIANT, as in debian/12 and firewall/3.0-ubuntu."));
    }

    /** The id of an image that was released, as {@link #ofRelease} tells it; empty if there can be none. */
    public static Optional<ImageId> findRelease(String os, String version, LocalDate day) {
        Matcher matcher = STORE_VERSION.matcher(version);
        if (!matcher.matches() || day.getYear() < 1 || day.getYear() > 9999) {
            return Optional.empty();
        }
        String major = withoutLeadingZeros(matcher.group(1));
        String minor = withoutLeadingZeros(Optional.ofNullable(matcher.group(2)).orElse("0"));
        String variant = Optional.ofNullable(matcher.group(3)).orElse("");
        String patch = DateTimeFormatter.BASIC_ISO_DATE.format(day);
        return Optional.of(new ImageId(os + variant, new ImageVersion(major + "." + minor + "." + patch)));
    }

    private static String withoutLeadingZeros(String number) {
        return number.replaceFirst("^0+(?=[0-9])", "");
    }

    /** Whether both name the same image, such as {@code ubuntu-22.4.20230710} and {@code ubuntu-22.04.20230710}. */
    public boolean isSameImage(ImageId other) {
        return os.equals(other.os) && version.hasSameNumbersAs(other.version);
    }

    /**
     * Whether this is the id of any release of that image in a store. An id does not tell the path: {@code
     * firewall/3.0-ubuntu} and {@code firewall-ubuntu/3.0} have the same ids.
     *
     * @param os as in the path of an image in a store
     * @param version likewise
     */
    public boolean isReleaseOf(String os, String version) {
        return STORE_VERSION.matcher(version).matches()
                && day().filter(day -> {
                            ImageId released = ofRelease(os, version, day);
                            return released.os.equals(this.os) && released.version.hasSameNumbersAs(this.version);
                        })
                        .isPresent();
    }

    /** The day that the patch of the version is, if it is one. */
    public Optional<LocalDate> day() {
        String patch = Long.toUnsignedString(version.patch());
        if (!DAY.matcher(patch).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(LocalDate.parse(patch, DateTimeFormatter.BASIC_ISO_DATE));
        } catch (DateTimeException noDay) {
            return Optional.empty();
        }
    }

    /** The id by which the most recent image of this os, major and minor version is asked for: {@code debian-12}. */
    public ImageId withoutPatch() {
        return new ImageId(os, version.withoutPatch());
    }

    /**
     * Whether who asks metal-api for this id may get that image. The os must be the same. With a patch in this id all
     * three numbers must be the same, otherwise the major and the minor one; but {@code 0.0} stands for every version.
     */
    public boolean accepts(ImageId image) {
        if (!os.equals(image.os)) {
            return false;
        }
        if (version.patch() != 0) {
            return version.hasSameNumbersAs(image.version);
        }
        boolean acceptsAll = version.major() == 0 && version.minor() == 0;
        return acceptsAll || (version.major() == image.version.major() && version.minor() == image.version.minor());
    }

    /**
     * The image that metal-api gives to who asks for this id: of those that it {@linkplain #accepts accepts}, the first
     * one of the highest version. It makes no difference whether an image has expired.
     *
     * @param images what to choose from
     * @param idOf the id of one; one without an id is never chosen
     */
    public <T> Optional<T> mostRecent(Collection<T> images, Function<T, Optional<ImageId>> idOf) {
        record Candidate<T>(T image, ImageId id) {}
        return images.stream()
                .flatMap(
                        image -> idOf.apply(image).filter(this::accepts).map(id -> new Candidate<>(image, id)).stream())
                .max(Comparator.comparing(candidate -> candidate.id().version(), ImageVersion.BY_NUMBERS))
                .map(Candidate::image);
    }

    @Override
    public String toString() {
        return os + "-" + version;
    }
}
