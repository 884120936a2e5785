package io.metalimages.pipeline.cache;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What may go. What is useless always does.
 *
 * @param keepBytes so much may stay; what was not used for the longest time goes first. Empty: any size
 * @param olderThan what was not used for so long goes. Empty: any age
 * @param everything all goes that is not in use
 */
public record CachePolicy(Optional<Long> keepBytes, Optional<Duration> olderThan, boolean everything) {

    /** The most that may stay after a build: {@code 40g}, or {@code unlimited}. */
    public static final String KEEP_SIZE_VARIABLE = "METAL_IMAGES_CACHE_KEEP_SIZE";

    /** How long what is not used may stay after a build: {@code 60d}, or {@code unlimited}. */
    public static final String OLDER_THAN_VARIABLE = "METAL_IMAGES_CACHE_OLDER_THAN";

    public static final int USUAL_DAYS = 60;

    /** The usual size is a share of the disk: one in so many of its bytes. */
    public static final int USUAL_SHARE = 5;

    private static final String UNLIMITED = "unlimited";
    private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,12})([a-z]?)");

    /**
     * What is removed after a build.
     *
     * @throws FaultException if a variable is set to something else than a size or a time
     */
    public static CachePolicy automatic(StateDirectory state, Map<String, String> environment) throws IOException {
        String size = environment.getOrDefault(KEEP_SIZE_VARIABLE, "");
        String age = environment.getOrDefault(OLDER_THAN_VARIABLE, "");
        return new CachePolicy(
                size.equals(UNLIMITED)
                        ? Optional.empty()
                        : Optional.of(size.isEmpty() ? usualSize(state) : size(KEEP_SIZE_VARIABLE, size)),
                age.equals(UNLIMITED)
                        ? Optional.empty()
                        : Optional.of(age.isEmpty() ? Duration.ofDays(USUAL_DAYS) : age(OLDER_THAN_VARIABLE, age)),
                false);
    }

    private static long usualSize(StateDirectory state) throws IOException {
        return Files.getFileStore(state.snapshots()).getTotalSpace() / USUAL_SHARE;
    }

    /**
     * A number of bytes, or with a {@code k}, {@code m} or {@code g} of as many times 1024.
     *
     * @param name of the option, for the message
     */
    public static long size(String name, String text) {
        return amount(name, text, "kmg", "a size such as 512m or 40g");
    }

    /** A time with its unit: {@code 90s}, {@code 30m}, {@code 12h}, {@code 60d}. */
    public static Duration age(String name, String text) {
        return Duration.ofSeconds(amount(name, text, "smhd", "a time such as 12h or 60d"));
    }

    private static long amount(String name, String text, String units, String wanted) {
        Matcher amount = AMOUNT.matcher(text.toLowerCase(Locale.ROOT));
        boolean timed = units.startsWith("s");
        if (!amount.matches() || (timed && amount.group(2).isEmpty()) || !units.contains(amount.group(2))) {
            throw FaultException.wrongInput(name + " " + text + " is not " + wanted + ".", "Write " + wanted + ".");
        }
        long unit = switch (amount.group(2)) {
            case "k" -> 1L << 10;
            case "m" -> timed ? 60 : 1L << 20;
            case "g" -> 1L << 30;
            case "h" -> 60 * 60;
            case "d" -> 24 * 60 * 60;
            default -> 1;
        };
        try {
            return Math.multiplyExact(Long.parseLong(amount.group(1)), unit);
        } catch (ArithmeticException tooLarge) {
            throw FaultException.wrongInput(name + " " + text + " is too large.", "Write " + wanted + ".");
        }
    }
}
