package io.metalimages.build.base;

import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A distribution whose releases can be bootstrapped: a row of {@link Distributions}. There is one kind of row for each tool
 * that bootstraps.
 */
public sealed interface Distribution permits AptDistribution, RpmDistribution {

    /** What {@code FROM} calls it: {@code debian}. */
    String image();

    /** What people call it: {@code Debian}. */
    String title();

    /** The releases' code names by the tags that {@code FROM} calls them. */
    Map<String, String> releases();

    /**
     * Looks up what the archive holds of a release now.
     *
     * @param directory takes what is fetched
     * @throws io.metalimages.common.FaultException if no archive is known, or it can't be reached, or is not what it
     *     should be
     */
    DistributionBase pin(String release, BaseOptions options, Path directory, ProcessLauncher launcher)
            throws IOException, InterruptedException;

    /** Reads what {@link DistributionBase#definition} of a base with these options gave; nothing if it is anything else. */
    Optional<DistributionBase> parse(String release, BaseOptions options, String definition);

    /** What the definition of a base made here begins with. */
    String heading(String release, BaseOptions options);

    /** The environment variable that names an archive in place of the one that this machine is configured for. */
    default String archiveVariable() {
        return variable("ARCHIVE");
    }

    /** The environment variable that names a file with the keys that sign the archive, in place of the usual ones. */
    default String keyringVariable() {
        return variable("KEYRING");
    }

    private String variable(String end) {
        return "METAL_IMAGES_" + image().toUpperCase(Locale.ROOT) + "_" + end;
    }
}
