package io.metalimages.pipeline.cache;

import io.metalimages.common.Amount;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

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
                        : Optional.of(size.isEmpty() ? usualSize(state) : Amount.bytes(KEEP_SIZE_VARIABLE, size)),
                age.equals(UNLIMITED)
                        ? Optional.empty()
                        : Optional.of(
                                age.isEmpty()
                                        ? Duration.ofDays(USUAL_DAYS)
                                        : Amount.duration(OLDER_THAN_VARIABLE, age)),
                false);
    }

    private static long usualSize(StateDirectory state) throws IOException {
        return Files.getFileStore(state.snapshots()).getTotalSpace() / USUAL_SHARE;
    }
}
