package io.metalimages.build.base;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A distribution of Debian's family, which mmdebstrap bootstraps.
 *
 * @param title also the origin that its signed lists name
 * @param aliases further names that apt's sources call releases
 * @param rolling the releases that have neither updates nor security updates of their own
 * @param components that a base is made from; a definition may add others
 */
record AptDistribution(
        String image,
        String title,
        Map<String, String> releases,
        List<String> aliases,
        List<String> rolling,
        Layout layout,
        List<String> components,
        Keyring keyring)
        implements Distribution {

    private static final String UPDATES = "-updates";
    private static final String SECURITY = "-security";

    AptDistribution {
        releases = Map.copyOf(releases);
        aliases = List.copyOf(aliases);
        rolling = List.copyOf(rolling);
        components = List.copyOf(components);
    }

    /** How the archive is arranged. */
    record Layout(SuiteName name, SecurityUpdates security) {}

    /** Which field of a signed list has the name of the directory that it lies in. */
    enum SuiteName {
        CODENAME,
        SUITE
    }

    /** Where security updates are. */
    enum SecurityUpdates {
        ARCHIVE_OF_THEIR_OWN,
        IN_THE_SAME_ARCHIVE
    }

    /**
     * The keys that sign the archive.
     *
     * @param places files, of which the first that exists has the keys
     * @param packageName brings them
     */
    record Keyring(List<Path> places, String packageName) {
        Keyring {
            places = List.copyOf(places);
        }
    }

    /**
     * The file with the keys that sign the archive.
     *
     * @throws FaultException if there is none
     */
    Path keys(BaseOptions options) {
        String named = options.variable(keyringVariable());
        if (!named.isEmpty()) {
            Path file = Path.of(named);
            if (!Files.isRegularFile(file)) {
                throw FaultException.wrongInput(
                        keyringVariable() + " names " + file + ", which is no file.", "Correct it, or unset it.");
            }
            return file.toAbsolutePath();
        }
        return keyring.places().stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> FaultException.missing(
                        "This machine does not have the keys of " + title + "'s archive ("
                                + keyring.places().getFirst() + ").",
                        "Install them: apt-get install " + keyring.packageName() + ", or name a file with them in "
                                + keyringVariable() + "."));
    }

    /** The suites that a release consists of. */
    List<String> suites(String release, boolean withoutSecurity) {
        if (rolling.contains(release)) {
            return List.of(release);
        }
        return withoutSecurity
                ? List.of(release, release + UPDATES)
                : List.of(release, release + UPDATES, security(release));
    }

    String security(String release) {
        return release + SECURITY;
    }

    /** The suites of releases, not of security updates, that an archive may be known by. */
    Pattern releaseSuites() {
        return Pattern.compile(names() + "(?:-updates|-proposed|-proposed-updates|-backports|-backports-sloppy)?");
    }

    /** The suites of security updates. */
    Pattern securitySuites() {
        return Pattern.compile(names() + SECURITY);
    }

    private String names() {
        return Stream.concat(releases.values().stream().distinct(), aliases.stream())
                .collect(Collectors.joining("|", "(?:", ")"));
    }

    @Override
    public String heading(String release, BaseOptions options) {
        return image + " " + release + " " + Architecture.ofThisMachine().debian()
                + (options.withoutSecurity() ? " without security" : "") + " recipe " + AptBase.RECIPE;
    }

    @Override
    public DistributionBase pin(String release, BaseOptions options, Path directory, ProcessLauncher launcher)
            throws IOException, InterruptedException {
        List<AptBase.Suite> suites = new ArrayList<>();
        Optional<String> standIn = Optional.empty();
        for (AptArchive.Suite suite : new AptArchive(this, options, directory, launcher).find(release)) {
            SignedRelease signed = suite.release();
            suites.add(new AptBase.Suite(suite.uri(), suite.name(), signed.content(), signed.date()));
            standIn = standIn.or(signed::standIn);
        }
        return new AptBase(this, release, options, suites, standIn);
    }

    @Override
    public Optional<DistributionBase> parse(String release, BaseOptions options, String definition) {
        return AptBase.parse(this, release, options, definition).map(base -> base);
    }
}
