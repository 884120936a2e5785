package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The version in an image's id: up to three numbers, of which those that are missing count as 0.
 *
 * <p>It keeps the text that it was written as: {@code 22.04} and {@code 22.4} are the same version to metal-api, but in
 * the ids of two images.
 *
 * @param text {@code 12.0.20230710}, {@code 22.04}, {@code 12}; also with a {@code v} before it, and with {@code +} and
 *     build metadata behind it, which mean nothing
 */
public record ImageVersion(String text) {

    /** From old to new. Versions that differ in their text only are equal in this order. */
    public static final Comparator<ImageVersion> BY_NUMBERS = Comparator.comparing(
                    ImageVersion::major, Long::compareUnsigned)
            .thenComparing(ImageVersion::minor, Long::compareUnsigned)
            .thenComparing(ImageVersion::patch, Long::compareUnsigned);

    private static final Pattern FORM =
            Pattern.compile("v?([0-9]+)(?:\\.([0-9]+))?(?:\\.([0-9]+))?(?:\\+[0-9A-Za-z]+(?:\\.[0-9A-Za-z]+)*)?");

    /** @throws FaultException if {@code text} has another form, or a number in it needs more than 64 bits */
    public ImageVersion {
        if (!isValid(text)) {
            throw FaultException.wrongInput(
                    "\"" + text + "\" is no version of an image.",
                    "A version is MAJOR.MINOR or MAJOR.MINOR.PATCH, all of them numbers, as in 12.0.20230710.");
        }
    }

    static boolean isValid(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches() && Stream.of(1, 2, 3).allMatch(group -> fitsInto64Bits(matcher.group(group)));
    }

    private static boolean fitsInto64Bits(@Nullable String digits) {
        return digits == null || new BigInteger(digits).bitLength() <= Long.SIZE;
    }

    /** The first number, unsigned. */
    public long major() {
        return number(1);
    }

    /** The second number, unsigned. */
    public long minor() {
        return number(2);
    }

    /** The third number, unsigned; of a released image its day, as in {@code 20230710}. */
    public long patch() {
        return number(3);
    }

    /** The major version, and the minor one as it is written here, unless it is 0: {@code 12}, {@code 22.04}. */
    ImageVersion withoutPatch() {
        Matcher matcher = matched();
        return new ImageVersion(minor() == 0 ? matcher.group(1) : matcher.group(1) + "." + matcher.group(2));
    }

    private long number(int group) {
        String digits = matched().group(group);
        return digits == null ? 0 : Long.parseUnsignedLong(digits);
    }

    private Matcher matched() {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalStateException(text);
        }
        return matcher;
    }

    boolean hasSameNumbersAs(ImageVersion other) {
        return BY_NUMBERS.compare(this, other) == 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
