package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds a release of Debian, its updates and its security updates: in the archives that apt's sources name, or in those
 * that the environment names in their place.
 */
final class DebianArchive {

    /** Names an archive in place of apt's: the URI of the releases and, after a space, that of the security updates. */
    static final String VARIABLE = "METAL_IMAGES_DEBIAN_ARCHIVE";

    /** The keys that sign Debian's archive, wherever this machine has them. */
    static final Keyring KEYS = new Keyring(List.of(
            Path.of("/usr/share/keyrings/debian-archive-keyring.gpg"),
            Path.of("/usr/share/keyrings/debian-archive-keyring.pgp")));

    private static final String NAMES =
            "(?:bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable)";

    private static final Pattern RELEASES =
            Pattern.compile(NAMES + "(?:-updates|-proposed-updates|-backports|-backports-sloppy)?");

    private static final Pattern SECURITY = Pattern.compile(NAMES + "-security");

    private final Map<String, String> environment;
    private final Keyring keys;
    private final ProcessLauncher launcher;
    private final Apt apt;

    /** @param directory takes what is fetched */
    DebianArchive(Map<String, String> environment, Keyring keys, Path directory, ProcessLauncher launcher) {
        this.environment = environment;
        this.keys = keys;
        this.launcher = launcher;
        this.apt = new Apt(AptConfiguration.of(environment), directory, launcher);
    }

    /** Files, of which the first that exists has the keys. */
    record Keyring(List<Path> places) {

        /** @throws FaultException if there is none */
        Path file() {
            return places.stream()
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> FaultException.missing(
                            "This machine does not have the keys of Debian's archive (" + places.getFirst() + ").",
                            "Install them: apt-get install debian-archive-keyring"));
        }
    }

    /** A suite of an archive, as it is now. */
    record Suite(String uri, SignedRelease release) {

        String name() {
            return release.codename();
        }
    }

    /** The suites that a release consists of. */
    static List<String> suites(String release, boolean withoutSecurity) {
        if (release.equals("sid")) {
            return List.of(release);
        }
        return withoutSecurity
                ? List.of(release, release + "-updates")
                : List.of(release, release + "-updates", security(release));
    }

    private static String security(String release) {
        return release + "-security";
    }

    /**
     * Looks all suites of a release up.
     *
     * @throws FaultException if an address has a user's name or password in it, or a suite is missing, can't be reached,
     *     isn't signed by Debian, or is older than it may be
     */
    List<Suite> find(String release, boolean withoutSecurity) throws IOException, InterruptedException {
        Places places = places(release);
        boolean wantsSecurity = suites(release, withoutSecurity).contains(security(release));
        if (wantsSecurity && places.security().isEmpty()) {
            throw withoutSecurity(release, places);
        }
        Suite main = first(places.main(), release);
        List<Suite> found = new ArrayList<>(List.of(main));
        for (String suite : suites(release, withoutSecurity)) {
            if (suite.equals(security(release))) {
                found.add(first(places.security(), suite));
            } else if (!suite.equals(release)) {
                found.add(suite(main.uri(), suite));
            }
        }
        return found;
    }

    /**
     * Where the suites may be.
     *
     * @param named who says so, for messages
     * @param main at least one
     */
    private record Places(String named, List<String> main, List<String> security) {}

    private Places places(String release) throws IOException, InterruptedException {
        String named = environment.getOrDefault(VARIABLE, "").strip();
        if (!named.isEmpty()) {
            List<String> uris = List.of(named.split("\\s+"));
            uris.forEach(uri -> ArchiveAddress.requireNoUser(VARIABLE, uri, FaultException::wrongInput));
            return new Places(VARIABLE, uris.subList(0, 1), uris.subList(1, Math.min(uris.size(), 2)));
        }
        List<Apt.Source> sources = apt.sources();
        List<String> main = addresses(sources, RELEASES, release);
        if (main.isEmpty()) {
            throw FaultException.missing(
                    "apt on this machine has no archive of Debian in its sources.",
                    "Add one below /etc/apt/sources.list.d, or name one in " + VARIABLE + ".");
        }
        List<String> security = addresses(sources, SECURITY, security(release));
        Stream.concat(main.stream(), security.stream())
                .forEach(uri -> ArchiveAddress.requireNoUser("apt's sources", uri, FaultException::missing));
        return new Places("apt's sources", main, security);
    }

    /** An archive has all releases; one whose very suite is named comes first. */
    private static List<String> addresses(List<Apt.Source> sources, Pattern suites, String preferred) {
        return sources.stream()
                .filter(source -> suites.matcher(source.suite()).matches())
                .sorted(Comparator.comparing(source -> !source.suite().equals(preferred)))
                .map(Apt.Source::uri)
                .distinct()
                .toList();
    }

    /**
     * The fault of sources that name no security updates. Where these usually are is told, but never taken unasked: it is
     * for the machine's owner to say where packages come from.
     */
    private FaultException withoutSecurity(String release, Places places) throws IOException, InterruptedException {
        String suite = security(release);
        String usual = places.main().getFirst().replaceFirst("/+$", "") + "-security";
        boolean there;
        try {
            suite(usual, suite);
            there = true;
        } catch (FaultException absent) {
            there = false;
        }
        String message = places.named() + " does not name an archive with the suite " + suite
                + ", so the image would lack Debian's security updates.";
        String without = ", or pass --without-security if you mean to do without.";
        return places.named().equals(VARIABLE)
                ? FaultException.wrongInput(
                        message, "Add its URI after a space" + (there ? ": it is at " + usual : "") + without)
                : FaultException.missing(
                        message.replaceFirst("does", "do"),
                        (there
                                        ? "It is beside the main archive. Add to apt's sources: deb " + usual + " "
                                                + suite + " main"
                                        : "Add a source for " + suite + " to apt's sources, or name both archives in "
                                                + VARIABLE)
                                + without);
    }

    /** The suite from the first archive that has it. */
    private Suite first(List<String> uris, String suite) throws IOException, InterruptedException {
        List<FaultException> faults = new ArrayList<>();
        for (String uri : uris) {
            try {
                return suite(uri, suite);
            } catch (FaultException fault) {
                faults.add(fault);
            }
        }
        if (faults.size() == 1) {
            throw faults.getFirst();
        }
        throw FaultException.remote(
                "No archive in apt's sources has Debian's suite " + suite + ":\n"
                        + faults.stream().map(FaultException::getMessage).collect(Collectors.joining("\n")),
                faults.getFirst().remedy().orElse(null));
    }

    private Suite suite(String uri, String suite) throws IOException, InterruptedException {
        String address = uri.replaceFirst("/*$", "/") + "dists/" + suite + "/InRelease";
        Path fetched = apt.fetch(address);
        String shown = ArchiveAddress.withoutUser(address);
        SignedRelease release = SignedRelease.verified(fetched, shown, keys.file(), launcher);
        if (!release.origin().equals("Debian") || !release.codename().equals(suite)) {
            throw FaultException.remote(
                    shown + " is not Debian's suite " + suite + ", but " + release.codename() + " of "
                            + release.origin() + ".",
                    "Correct the address in apt's sources or " + VARIABLE + ".");
        }
        Optional<Instant> expired = release.validUntil().filter(Instant.now()::isAfter);
        if (expired.isPresent()) {
            throw FaultException.remote(
                    "Debian's archive is out of date: " + shown + " was valid until " + expired.get()
                            + ", so newer security updates may be missing from it.",
                    "Check this machine's clock and the mirror, or name another archive in " + VARIABLE + ".");
        }
        return new Suite(uri, release);
    }
}
